using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace NotifyUsers;

/// <summary>
/// Keeps this device registered: at every sign-in, at every start, and when the handle or the topics change. An app has one.
/// If a call fails, for example because the phone is offline, call <see cref="SignedInAsync"/> again later.
/// </summary>
public sealed partial class PushRegistration
{
    private readonly NotifyUsersClient client;
    private readonly string file;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly object newest = new();
    private Kept kept;
    private Device? device;
    private bool isSignedIn;

    /// <param name="client">The calls of the app.</param>
    /// <param name="file">
    /// A file of the app that stays until the app is uninstalled, for the id of this installation and the topics. It must be
    /// part of no backup, or two phones would share the id: on Android in <c>Context.NoBackupFilesDir</c>, on iOS marked as
    /// excluded from backups, on Windows in the app's local folder. The id is a secret of the device.
    /// </param>
    public PushRegistration(NotifyUsersClient client, string file)
    {
        this.client = client;
        this.file = file;
        kept = Load(file) ?? Save(new Kept(Guid.NewGuid().ToString("N"), []));
    }

    /// <summary>The id of this installation. It is made once, and kept.</summary>
    public string InstallationId => kept.InstallationId;

    /// <summary>The topics that the user wants. They are kept over starts.</summary>
    public IReadOnlyList<string> Topics => kept.Topics;

    /// <summary>Call it when a user has signed in, and at each start with a user who is signed in.</summary>
    public Task SignedInAsync(CancellationToken cancel = default) => ChangeAsync(() => isSignedIn = true, cancel);

    /// <summary>Call it with each handle that the platform gives, also if no user is signed in.</summary>
    public Task HandleChangedAsync(Device handle, CancellationToken cancel = default) => ChangeAsync(() => device = handle, cancel);

    /// <summary>Call it when the user changes the wish for topics: the whole wish, not the change.</summary>
    public Task TopicsChangedAsync(IReadOnlyList<string> topics, CancellationToken cancel = default) =>
        ChangeAsync(() => kept = Save(kept with { Topics = topics }), cancel);

    /// <summary>
    /// Call it before the user signs out, while the token is still valid. After it, forget the token. With an expired one the
    /// device would show the user's notifications until another user signs in on it. If it fails, nothing is registered any
    /// more by this object: keep the token, and call it again.
    /// </summary>
    public Task SigningOutAsync(CancellationToken cancel = default) =>
        EndAsync(() => client.UnregisterAsync(InstallationId, cancel), cancel);

    /// <summary>Deletes the user's registrations and items: for "delete my account". Afterwards no user is signed in.</summary>
    public Task ForgetMeAsync(CancellationToken cancel = default) => EndAsync(() => client.ForgetMeAsync(cancel), cancel);

    private async Task EndAsync(Func<Task> end, CancellationToken cancel)
    {
        lock (newest) isSignedIn = false;
        await turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await end().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ChangeAsync(Action change, CancellationToken cancel)
    {
        // Also if the wait is cancelled: the next registration has it.
        lock (newest) change();
        // One after the other, so that the newest is registered last.
        await turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            Device? wanted;
            lock (newest) wanted = isSignedIn && device is not null ? device with { Topics = kept.Topics } : null;
            if (wanted is not null) await client.RegisterAsync(InstallationId, wanted, cancel).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private static Kept? Load(string file)
    {
        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllText(file), Json.Default.Kept);
            return read is not null && InstallationIdForm().IsMatch(read.InstallationId) ? read : null;
        }
        catch (Exception none) when (none is IOException or JsonException)
        {
            return null;
        }
    }

    private Kept Save(Kept state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        // In one step, so that a crash leaves no half.
        using (var written = new FileStream($"{file}.new", FileMode.Create))
        {
            JsonSerializer.Serialize(written, state, Json.Default.Kept);
            written.Flush(flushToDisk: true);
        }
        File.Move($"{file}.new", file, overwrite: true);
        return state;
    }

    [GeneratedRegex(@"^[0-9a-f]{32}\z")]
    private static partial Regex InstallationIdForm();
}

/// <summary>What is kept over starts.</summary>
internal sealed record Kept(string InstallationId, IReadOnlyList<string> Topics);

/// <summary>What a tapped notification opens.</summary>
public static class TappedNotification
{
    /// <summary>Returns the item's id in the launch arguments of a toast (Windows), or null.</summary>
    public static string? ItemIdInLaunch(string? arguments) =>
        arguments?.Split('&')
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair is ["todoItemId", _])
            .Select(pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')))
            .FirstOrDefault();

    /// <summary>Returns the item's id in the data of a notification (Android: the intent's extras), or null.</summary>
    public static string? ItemIdInData(IReadOnlyDictionary<string, string> data) =>
        data.TryGetValue("todoItemId", out var id) ? id : null;

    /// <summary>Returns the item's id in a payload as JSON (iOS: the user info), or null.</summary>
    public static string? ItemIdInPayload(string json)
    {
        try
        {
            using var payload = JsonDocument.Parse(json);
            return payload.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("todoItemId", out var id)
                && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A platform, the handle that it gave to this device, and the topics that the user wants.</summary>
public sealed record Device
{
    private Device() { }

    public required string Platform { get; init; }
    public string? ChannelUri { get; private init; }
    public string? DeviceToken { get; private init; }
    public string? RegistrationToken { get; private init; }
    public IReadOnlyList<string>? Topics { get; init; }

    public static Device Windows(string channelUri) => new() { Platform = "wns", ChannelUri = channelUri };

    /// <param name="deviceToken">As APNs gives it: not text, but bytes.</param>
    public static Device Apple(ReadOnlySpan<byte> deviceToken) =>
        new() { Platform = "apns", DeviceToken = Convert.ToHexString(deviceToken) };

    public static Device Android(string registrationToken) =>
        new() { Platform = "fcmv1", RegistrationToken = registrationToken };
}

public sealed record Registration(
    string RegistrationId,
    string Platform,
    string InstallationId,
    DateTimeOffset ExpirationTime,
    IReadOnlyList<string> Topics)
{
    /// <summary>Without the installation's id, which is a secret of the device.</summary>
    public override string ToString() => $"Registration {RegistrationId} on {Platform}";
}

public sealed record NewTodoItem(string Text, string? Id = null, bool Complete = false);

public sealed record TodoItem(
    string Id,
    string Text,
    bool Complete,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string Version);

/// <param name="Pointer">A JSON pointer into the body, or <c>/headers/NAME</c>, <c>/query/NAME</c>, <c>/path/NAME</c>.</param>
public sealed record Fault(string Pointer, string Detail);

internal sealed record Problem(string? Type, string? Detail, IReadOnlyList<Fault>? Errors);

internal sealed record TopicList(IReadOnlyList<string> Topics);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Device))]
[JsonSerializable(typeof(Registration))]
[JsonSerializable(typeof(NewTodoItem))]
[JsonSerializable(typeof(TodoItem))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(TopicList))]
[JsonSerializable(typeof(Kept))]
internal sealed partial class Json : JsonSerializerContext;
