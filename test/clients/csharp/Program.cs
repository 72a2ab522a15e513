using NotifyUsers;

// Does what an app does, step by step, and prints a line for each step. Usage: Tests FUNCTIONS_URL TOKEN FOLDER

var functions = new Uri(args[0]);
var installationFile = Path.Combine(args[2], "app", "installation");
var faulty = new FaultyHandler();
using var http = new HttpClient(faulty);
var client = new NotifyUsersClient(http, functions, _ => Task.FromResult(args[1]));

// The installation's id is kept over starts.
var first = new PushRegistration(client, installationFile).InstallationId;
var push = new PushRegistration(client, installationFile);
Say("kept", push.InstallationId == first && first.Length == 32);

// The handle may come before the sign-in, and changes.
await push.HandleChangedAsync(Device.Android("first-handle"));
await push.SignedInAsync();
Say("topics", string.Join(",", await client.ListTopicsAsync()));
await push.TopicsChangedAsync(["world"]);
await push.HandleChangedAsync(Device.Android("newest-handle"));

// The app stores the item, but its answer is lost: the repeat notifies once.
faulty.LoseNext = true;
var item = await client.InsertAsync(new NewTodoItem("Buy milk"));
Say("inserted", $"{item.Text} {faulty.Lost}");
Say("notified", item.Id);

// What a tap opens, on each platform.
Say("launch", TappedNotification.ItemIdInLaunch($"a=b&todoItemId={item.Id}") == item.Id);
Say("data", TappedNotification.ItemIdInData(new Dictionary<string, string> { ["todoItemId"] = item.Id }) == item.Id);
Say("payload", TappedNotification.ItemIdInPayload($$$"""{"aps":{"alert":"x"},"todoItemId":"{{{item.Id}}}"}""") == item.Id);
Say("no item", TappedNotification.ItemIdInLaunch(null) ?? TappedNotification.ItemIdInPayload("{}") ?? "none");
Say("opened", (await client.GetAsync(item.Id))?.Text ?? "none");
Say("gone", await client.GetAsync("no-such-item") is null);

// What is wrong with the input stays wrong, and is not repeated.
try
{
    await client.InsertAsync(new NewTodoItem(""));
}
catch (ProblemException problem)
{
    Say("problem", $"{problem.Name} {problem.Faults[0].Pointer}");
}

Say("hex", Device.Apple([0xab, 0x01]).DeviceToken ?? "");

// The device is unregistered while the token is there.
await push.SigningOutAsync();
await client.InsertAsync(new NewTodoItem("not heard"));
await push.HandleChangedAsync(Device.Android("after-sign-out"));
await client.ForgetMeAsync();
Say("forgotten", await client.GetAsync(item.Id) is null);

// What docs/clients/csharp.md shows.
await App.FirstNotificationAsync();

static void Say(string what, object value) => Console.WriteLine($"{what}: {value}");

/// <summary>Loses the answer to a request after the app has done its work.</summary>
sealed class FaultyHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    public bool LoseNext { get; set; }
    public int Lost { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var answer = await base.SendAsync(request, cancel);
        if (!LoseNext) return answer;
        LoseNext = false;
        Lost++;
        answer.Dispose();
        throw new HttpRequestException("The connection was lost.");
    }
}
