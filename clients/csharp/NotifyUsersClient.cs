using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NotifyUsers;

/// <summary>
/// The calls of an app of one signed-in user. It repeats what is safe to repeat: after a lost answer, and after 429, 502, 503,
/// 504 and an empty 500, with the app's <c>Retry-After</c> or a wait that doubles.
/// </summary>
public sealed class NotifyUsersClient
{
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private readonly HttpClient http;
    private readonly Uri address;
    private readonly Func<string?, CancellationToken, Task<string>> token;

    /// <param name="http">
    /// One for the whole app. This class never disposes of it. Its handler should follow no redirects
    /// (<c>AllowAutoRedirect = false</c>): the app makes none.
    /// </param>
    /// <param name="address">The address of the functions, such as <c>https://notify-users.azurewebsites.net</c>.</param>
    /// <param name="token">
    /// Returns the token of the signed-in user. It is called for each request: with null, or with a token that the app has just
    /// refused, perhaps because it has expired. Return another one to repeat the request once.
    /// </param>
    public NotifyUsersClient(HttpClient http, Uri address, Func<string?, CancellationToken, Task<string>> token)
    {
        this.http = http;
        this.address = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        this.token = token;
    }

    /// <summary>How long a call may take with all its repeats.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Of this device, if it has registered.</summary>
    private string? registrationId;

    /// <summary>Whether the token goes in X-ZUMO-AUTH, for the tokens of App Service Authentication.</summary>
    public bool UsesZumoHeader { get; init; }

    /// <summary>Registers this device. <see cref="PushRegistration"/> calls it when it has to be called.</summary>
    public async Task<Registration> RegisterAsync(string installationId, Device device, CancellationToken cancel = default)
    {
        var registration = await ReadAsync(
            () => Request(HttpMethod.Post, "api/register_notifications", installationId, JsonContent.Create(device, Json.Default.Device)),
            HttpStatusCode.OK,
            Json.Default.Registration,
            cancel).ConfigureAwait(false);
        registrationId = registration.RegistrationId;
        return registration;
    }

    /// <summary>Ends the user's notifications on this device, also if there were none.</summary>
    public async Task UnregisterAsync(string installationId, CancellationToken cancel = default)
    {
        var create = () => Request(HttpMethod.Delete, "api/register_notifications", installationId);
        using var _ = await SendAsync(create, [HttpStatusCode.NoContent], cancel).ConfigureAwait(false);
    }

    /// <summary>Lists the topics that devices may subscribe to.</summary>
    public async Task<IReadOnlyList<string>> ListTopicsAsync(CancellationToken cancel = default)
    {
        var create = () => Request(HttpMethod.Get, "api/topics");
        return (await ReadAsync(create, HttpStatusCode.OK, Json.Default.TopicList, cancel).ConfigureAwait(false)).Topics;
    }

    /// <summary>
    /// Inserts an item, and notifies its owner's devices once, however often the request has to be repeated: every try has
    /// the same id.
    /// </summary>
    public Task<TodoItem> InsertAsync(NewTodoItem item, CancellationToken cancel = default)
    {
        var identified = item with { Id = item.Id ?? Guid.NewGuid().ToString("N") };
        return ReadAsync(
            () => Request(HttpMethod.Post, "tables/TodoItem", content: JsonContent.Create(identified, Json.Default.NewTodoItem)),
            HttpStatusCode.Created,
            Json.Default.TodoItem,
            cancel);
    }

    /// <summary>Returns an item, such as the one that a tapped notification names, or null if the user has none with this id.</summary>
    public async Task<TodoItem?> GetAsync(string id, CancellationToken cancel = default)
    {
        try
        {
            var create = () => Request(HttpMethod.Get, $"tables/TodoItem/{Uri.EscapeDataString(id)}");
            return await ReadAsync(create, HttpStatusCode.OK, Json.Default.TodoItem, cancel).ConfigureAwait(false);
        }
        catch (ProblemException problem) when (problem.Name == "item-not-found")
        {
            return null;
        }
    }

    /// <summary>
    /// Deletes everything that is kept of the user: "delete my account". It removes this device by its id first, because the
    /// lists of the hub may not show it yet. It may take longer than <see cref="Patience"/>.
    /// </summary>
    public async Task ForgetMeAsync(CancellationToken cancel = default)
    {
        if (registrationId is { } id)
        {
            HttpStatusCode[] removed = [HttpStatusCode.NoContent, HttpStatusCode.NotFound];
            var create = () => Request(HttpMethod.Delete, $"api/devices/{Uri.EscapeDataString(id)}");
            using var _ = await SendAsync(create, removed, cancel).ConfigureAwait(false);
            registrationId = null;
        }
        while (true)
        {
            HttpStatusCode[] expected = [HttpStatusCode.Accepted, HttpStatusCode.NoContent];
            using var answer = await SendAsync(() => Request(HttpMethod.Delete, "api/me"), expected, cancel).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NoContent) return;
            await Task.Delay(RetryAfter(answer) ?? TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? installationId = null, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (installationId is not null) request.Headers.Add("X-ZUMO-INSTALLATION-ID", installationId);
        return request;
    }

    private async Task<T> ReadAsync<T>(Func<HttpRequestMessage> create, HttpStatusCode expected, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(create, [expected], cancel).ConfigureAwait(false);
        return await answer.Content.ReadFromJsonAsync(type, cancel).ConfigureAwait(false)
            ?? throw new JsonException("The answer is empty.");
    }

    /// <summary>Sends a request until there is an answer, the patience ends, or the failure would stay the same.</summary>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, HttpStatusCode[] expected, CancellationToken cancel)
    {
        var end = DateTime.UtcNow + Patience;
        string? rejected = null;
        for (var tries = 1; ; tries++)
        {
            var left = end - DateTime.UtcNow;
            var (answer, failure, sent) = await TryAsync(create, expected, rejected, left < LongestTry ? left : LongestTry, cancel).ConfigureAwait(false);
            if (answer is not null) return answer;
            if (failure is ProblemException { Name: "invalid-token" } && rejected is null && sent is not null)
            {
                rejected = sent;
                continue;
            }
            var wait = (failure as ProblemException)?.RetryAfter
                ?? TimeSpan.FromMilliseconds(Math.Min(8_000, 250 * Math.Pow(2, tries - 1)) * (0.5 + Random.Shared.NextDouble() / 2));
            if (failure is ProblemException { MayPass: false } || DateTime.UtcNow + wait >= end) throw failure!;
            await Task.Delay(wait, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the answer, or why there is none, and the token that was sent.</summary>
    private async Task<(HttpResponseMessage?, Exception?, string?)> TryAsync(
        Func<HttpRequestMessage> create, HttpStatusCode[] expected, string? rejected, TimeSpan longest, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(longest > TimeSpan.Zero ? longest : TimeSpan.FromMilliseconds(1));
        string? sent = null;
        try
        {
            sent = await token(rejected, deadline.Token).ConfigureAwait(false);
            // A request can be sent only once. Content without a length would arrive empty: the host reads no chunked bodies.
            using var request = create();
            if (request.Content is not null) await request.Content.LoadIntoBufferAsync().ConfigureAwait(false);
            if (UsesZumoHeader) request.Headers.Add("X-ZUMO-AUTH", sent);
            else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", sent);
            var answer = await http.SendAsync(request, deadline.Token).ConfigureAwait(false);
            if (expected.Contains(answer.StatusCode)) return (answer, null, sent);
            using (answer) return (null, await ProblemException.ReadAsync(answer, RetryAfter(answer), deadline.Token).ConfigureAwait(false), sent);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, new TimeoutException("The backend gave no answer in time."), sent);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            return (null, lost, sent);
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        if (answer.Headers.RetryAfter is not { } after || (after.Delta ?? after.Date - DateTimeOffset.UtcNow) is not { } wait) return null;
        // A date may have passed by this device's clock.
        return wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > LongestWait ? LongestWait : wait;
    }
}

/// <summary>An answer that is no success. An app branches on <see cref="Name"/>: docs/errors.md.</summary>
public sealed class ProblemException : Exception
{
    private ProblemException(HttpStatusCode status, Problem? problem, TimeSpan? retryAfter)
        : base(problem?.Detail ?? $"The answer has the status {(int)status}.")
    {
        const string prefix = "urn:problem-type:notify-users:";
        Status = status;
        Name = problem?.Type?.StartsWith(prefix, StringComparison.Ordinal) == true ? problem.Type[prefix.Length..] : "other";
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
        !Name.EndsWith("-refuses-app", StringComparison.Ordinal)
        && ((int)Status is 429 or 502 or 503 or 504
            // The host answers so, without a body, if its worker has ended.
            || ((int)Status is 500 && Name == "other"));

    internal static async Task<ProblemException> ReadAsync(HttpResponseMessage answer, TimeSpan? retryAfter, CancellationToken cancel)
    {
        Problem? problem = null;
        try
        {
            problem = await answer.Content.ReadFromJsonAsync(Json.Default.Problem, cancel).ConfigureAwait(false);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException or InvalidOperationException)
        {
            // The answer is of a proxy.
        }
        return new ProblemException(answer.StatusCode, problem, retryAfter);
    }
}
