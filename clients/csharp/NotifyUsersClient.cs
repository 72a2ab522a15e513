using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NotifyUsers;

/// <summary>
/// The calls of an app of one signed-in user. It repeats what is safe to repeat: after a lost answer, and after 429, 502, 503
/// and 504, with the app's <c>Retry-After</c> or a wait that doubles.
/// </summary>
public sealed class NotifyUsersClient
{
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(15);
    private readonly HttpClient http;
    private readonly Uri address;
    private readonly Func<CancellationToken, Task<string>> token;

    /// <param name="http">One for the whole app. This class never disposes of it.</param>
    /// <param name="address">The address of the functions, such as <c>https://notify-users.azurewebsites.net</c>.</param>
    /// <param name="token">Returns the token of the signed-in user. It is called for each request.</param>
    public NotifyUsersClient(HttpClient http, Uri address, Func<CancellationToken, Task<string>> token)
    {
        this.http = http;
        this.address = address;
        this.token = token;
    }

    /// <summary>How long a call may take with all its repeats.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Registers this device. <see cref="PushRegistration"/> calls it when it has to be called.</summary>
    public Task<Registration> RegisterAsync(string installationId, Device device, CancellationToken cancel = default) =>
        ReadAsync(
            () => Request(HttpMethod.Post, "api/register_notifications", installationId, JsonContent.Create(device, Json.Default.Device)),
            Json.Default.Registration,
            cancel);

    /// <summary>Ends the user's notifications on this device, also if there were none.</summary>
    public async Task UnregisterAsync(string installationId, CancellationToken cancel = default)
    {
        using var _ = await SendAsync(() => Request(HttpMethod.Delete, "api/register_notifications", installationId), cancel);
    }

    /// <summary>Lists the topics that devices may subscribe to.</summary>
    public async Task<IReadOnlyList<string>> ListTopicsAsync(CancellationToken cancel = default) =>
        (await ReadAsync(() => Request(HttpMethod.Get, "api/topics"), Json.Default.TopicList, cancel)).Topics;

    /// <summary>
    /// Inserts an item, and notifies its owner's devices once, however often the request has to be repeated: every try has
    /// the same id.
    /// </summary>
    public Task<TodoItem> InsertAsync(NewTodoItem item, CancellationToken cancel = default)
    {
        var identified = item with { Id = item.Id ?? Guid.NewGuid().ToString("N") };
        return ReadAsync(
            () => Request(HttpMethod.Post, "tables/TodoItem", content: JsonContent.Create(identified, Json.Default.NewTodoItem)),
            Json.Default.TodoItem,
            cancel);
    }

    /// <summary>Returns an item, such as the one that a tapped notification names, or null if the user has none with this id.</summary>
    public async Task<TodoItem?> GetAsync(string id, CancellationToken cancel = default)
    {
        try
        {
            var path = $"tables/TodoItem/{Uri.EscapeDataString(id)}";
            return await ReadAsync(() => Request(HttpMethod.Get, path), Json.Default.TodoItem, cancel);
        }
        catch (ProblemException problem) when (problem.Name == "item-not-found")
        {
            return null;
        }
    }

    /// <summary>Deletes everything that is kept of the user. It may take longer than <see cref="Patience"/>.</summary>
    public async Task ForgetMeAsync(CancellationToken cancel = default)
    {
        while (true)
        {
            using var answer = await SendAsync(() => Request(HttpMethod.Delete, "api/me"), cancel);
            if (answer.StatusCode != HttpStatusCode.Accepted) return;
            await Task.Delay(RetryAfter(answer) ?? TimeSpan.FromSeconds(1), cancel);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? installationId = null, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (installationId is not null) request.Headers.Add("X-ZUMO-INSTALLATION-ID", installationId);
        return request;
    }

    private async Task<T> ReadAsync<T>(Func<HttpRequestMessage> create, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(create, cancel);
        return await answer.Content.ReadFromJsonAsync(type, cancel)
            ?? throw new JsonException("The answer is empty.");
    }

    /// <summary>Sends a request until there is an answer, the patience ends, or the failure would stay the same.</summary>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, CancellationToken cancel)
    {
        var end = DateTime.UtcNow + Patience;
        for (var tries = 1; ; tries++)
        {
            var (answer, failure) = await TryAsync(create, cancel);
            if (answer is not null) return answer;
            var wait = (failure as ProblemException)?.RetryAfter
                ?? TimeSpan.FromMilliseconds(Math.Min(8_000, 250 * Math.Pow(2, tries - 1)) * (0.5 + Random.Shared.NextDouble() / 2));
            if (failure is ProblemException { MayPass: false } || DateTime.UtcNow + wait >= end) throw failure!;
            await Task.Delay(wait, cancel);
        }
    }

    private async Task<(HttpResponseMessage?, Exception?)> TryAsync(Func<HttpRequestMessage> create, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(LongestTry);
        // A request can be sent only once. JsonContent without a length would arrive empty: the host reads no chunked bodies.
        using var request = create();
        if (request.Content is not null) await request.Content.LoadIntoBufferAsync();
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(cancel));
        try
        {
            var answer = await http.SendAsync(request, deadline.Token);
            if (answer.IsSuccessStatusCode) return (answer, null);
            using (answer) return (null, await ProblemException.ReadAsync(answer, RetryAfter(answer), cancel));
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return (null, lost);
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - DateTimeOffset.UtcNow : null;
}

/// <summary>An answer that is no success. An app branches on <see cref="Name"/>: docs/errors.md.</summary>
public sealed class ProblemException : Exception
{
    private ProblemException(HttpStatusCode status, Problem? problem, TimeSpan? retryAfter)
        : base(problem?.Detail ?? $"The answer has the status {(int)status}.")
    {
        const string prefix = "urn:problem-type:notify-users:";
        Status = status;
        Name = problem?.Type?.StartsWith(prefix) == true ? problem.Type[prefix.Length..] : "other";
        Faults = problem?.Errors ?? [];
        RetryAfter = retryAfter;
    }

    public HttpStatusCode Status { get; }

    /// <summary>The last part of the problem's type; <c>other</c> if the answer is not of the app.</summary>
    public string Name { get; }

    /// <summary>Every fault of the input.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    public TimeSpan? RetryAfter { get; }

    internal bool MayPass =>
        !Name.EndsWith("-refuses-app")
        && (int)Status is 429 or 502 or 503 or 504;

    internal static async Task<ProblemException> ReadAsync(HttpResponseMessage answer, TimeSpan? retryAfter, CancellationToken cancel)
    {
        Problem? problem = null;
        try
        {
            problem = await answer.Content.ReadFromJsonAsync(Json.Default.Problem, cancel);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
        {
            // The answer is of a proxy.
        }
        return new ProblemException(answer.StatusCode, problem, retryAfter);
    }
}
