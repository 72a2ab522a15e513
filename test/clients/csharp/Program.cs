using NotifyUsers;

// Does what an app does, step by step, and prints a line for each step. Usage: Tests FUNCTIONS_URL TOKEN FOLDER

var functions = new Uri(args[0]);
var installationFile = Path.Combine(args[2], "app", "installation");
var faulty = new FaultyHandler();
using var http = new HttpClient(faulty);
var client = new NotifyUsersClient(
    http,
    // The first token has expired: the client asks for another one, once.
    functions,
    (rejected, _) => Task.FromResult(rejected is null && faulty.IsFirst ? args[3] : args[1]));

// The installation's id is kept over starts.
var first = new PushRegistration(client, installationFile).InstallationId;
var push = new PushRegistration(client, installationFile);
Say("kept", push.InstallationId == first && first.Length == 32);

// The handle may come before the sign-in, and changes.
await push.HandleChangedAsync(Device.Android("first-handle"));
await push.SignedInAsync();
Say("registered", await RegisteredTopics());
Say("topics", string.Join(",", await client.ListTopicsAsync()));
await push.TopicsChangedAsync(["world"]);
await push.HandleChangedAsync(Device.Android("newest-handle"));
Say("registered", await RegisteredTopics());

// The topics are kept over a start, whose handle comes before the sign-in.
push = new PushRegistration(client, installationFile);
await push.HandleChangedAsync(Device.Android("newest-handle"));
await push.SignedInAsync();
Say("registered", await RegisteredTopics());

// A change whose call is cancelled counts at the next one.
using (var cancelled = new CancellationTokenSource())
{
    cancelled.Cancel();
    try { await push.TopicsChangedAsync(["sports"], cancelled.Token); } catch (OperationCanceledException) { }
}
await push.SignedInAsync();
Say("registered", await RegisteredTopics());

// The app stores the item, but its answer is lost: the repeat notifies once.
faulty.LoseNext = true;
var item = await client.InsertAsync(new NewTodoItem("Buy milk"));
Say("inserted", $"{item.Text} {faulty.Lost}");
Say("notified", item.Id);

// What a tap opens, on each platform.
Say("launch", TappedNotification.ItemIdInLaunch($"a=b&todoItemId={item.Id}") == item.Id);
Say("data", TappedNotification.ItemIdInData(new Dictionary<string, string> { ["todoItemId"] = item.Id }) == item.Id);
Say("payload", TappedNotification.ItemIdInPayload($$$"""{"aps":{"alert":"x"},"todoItemId":"{{{item.Id}}}"}""") == item.Id);
string[] withoutItem = ["{}", "[]", "", "{\"todoItemId\":7}"];
Say("no item", withoutItem.Select(TappedNotification.ItemIdInPayload).FirstOrDefault(id => id is not null) ?? TappedNotification.ItemIdInLaunch(null) ?? "none");
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

// A hub or a proxy that is away: it waits, whatever Retry-After says, and gives up when the patience ends.
faulty.AnswerNext = new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable)
{
    Content = new StringContent("<html>", null, "text/html"),
    Headers = { { "Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT" } },
};
faulty.AnswerNext.Content.Headers.TryAddWithoutValidation("Content-Type", "text/html; charset=foo");
Say("passed", (await client.GetAsync(item.Id))?.Text ?? "none");

// The host answers so if its worker has ended, and has no room.
foreach (var status in new[] { 500, 429 })
{
    faulty.AnswerNext = new HttpResponseMessage((System.Net.HttpStatusCode)status);
    Say($"after {status}", (await client.GetAsync(item.Id))?.Text ?? "none");
}
var impatient = new NotifyUsersClient(http, functions, (_, _) => Task.FromResult(args[1])) { Patience = TimeSpan.FromSeconds(1) };
faulty.HangNext = true;
try { await impatient.GetAsync(item.Id); } catch (TimeoutException) { Say("patience", "ended"); }

// The device is unregistered while the token is there.
await push.SigningOutAsync();
await client.InsertAsync(new NewTodoItem("not heard"));
await push.HandleChangedAsync(Device.Android("after-sign-out"));
Say("signed out", await RegisteredTopics());
await push.SignedInAsync();
await push.ForgetMeAsync();
await push.HandleChangedAsync(Device.Android("after-forgetting"));
Say("forgotten devices", await RegisteredTopics());
Say("forgotten", await client.GetAsync(item.Id) is null);
Say("removed by id", faulty.Paths.Exists(path => path.StartsWith("/api/devices/", StringComparison.Ordinal)));

// What docs/clients/csharp.md shows.
await App.FirstNotificationAsync();

// Returns the topics of each device of the user, as the backend lists them.
async Task<string> RegisteredTopics()
{
    using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(functions, "api/devices"));
    request.Headers.Add("X-ZUMO-AUTH", args[1]);
    using var answer = await http.SendAsync(request);
    using var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
    var devices = body.RootElement.GetProperty("devices").EnumerateArray();
    return string.Join(" ", devices.Select(one => $"[{string.Join(",", one.GetProperty("topics").EnumerateArray())}]"));
}

static void Say(string what, object value) => Console.WriteLine($"{what}: {value}");

/// <summary>Does to a request what networks and proxies do.</summary>
sealed class FaultyHandler() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    /// <summary>Loses the answer after the app has done its work.</summary>
    public bool LoseNext { get; set; }
    public bool HangNext { get; set; }
    public HttpResponseMessage? AnswerNext { get; set; }
    public int Lost { get; private set; }
    public List<string> Paths { get; } = [];
    public bool IsFirst { get; private set; } = true;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        Paths.Add(request.RequestUri?.AbsolutePath ?? "");
        if (HangNext)
        {
            HangNext = false;
            await Task.Delay(Timeout.Infinite, cancel);
        }
        if (AnswerNext is { } instead)
        {
            AnswerNext = null;
            return instead;
        }
        var answer = await base.SendAsync(request, cancel);
        IsFirst = false;
        if (!LoseNext) return answer;
        LoseNext = false;
        Lost++;
        answer.Dispose();
        throw new HttpRequestException("The connection was lost.");
    }
}
