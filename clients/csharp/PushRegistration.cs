using System.Text.Json;
using System.Text.Json.Serialization;

namespace NotifyUsers;

/// <summary>
/// Keeps this device registered: at every sign-in, at every start, and when the handle or the topics change. An app has one.
/// </summary>
/// <param name="client">The calls of the app.</param>
/// <param name="installationFile">
/// A file of the app that stays until the app is uninstalled and is not part of a backup, such as one in
/// <c>Environment.SpecialFolder.LocalApplicationData</c>. The id in it is a secret of the device.
/// </param>
public sealed class PushRegistration(NotifyUsersClient client, string installationFile)
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private Device? device;
    private bool isSignedIn;

    /// <summary>The id of this installation. It is made once, and kept.</summary>
    public string InstallationId { get; } = LoadOrCreate(installationFile);

    /// <summary>Call it when a user has signed in, and at each start with a user who is signed in.</summary>
    public Task SignedInAsync(CancellationToken cancel = default) =>
        ChangeAsync(() => isSignedIn = true, cancel);

    /// <summary>Call it with each handle that the platform gives, also if no user is signed in.</summary>
    public Task HandleChangedAsync(Device newest, CancellationToken cancel = default) =>
        ChangeAsync(() => device = newest with { Topics = newest.Topics ?? device?.Topics }, cancel);

    /// <summary>Call it when the user changes the wish for topics: the whole wish, not the change.</summary>
    public Task TopicsChangedAsync(IReadOnlyList<string> topics, CancellationToken cancel = default) =>
        ChangeAsync(() => device = device is null ? null : device with { Topics = topics }, cancel);

    /// <summary>
    /// Call it before the user signs out, while the token is still valid. After it, forget the token. With an expired one the
    /// device would show the user's notifications until another user signs in on it.
    /// </summary>
    public async Task SigningOutAsync(CancellationToken cancel = default)
    {
        await turn.WaitAsync(cancel);
        try
        {
            await client.UnregisterAsync(InstallationId, cancel);
            isSignedIn = false;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ChangeAsync(Action change, CancellationToken cancel)
    {
        // One after the other, so that the newest handle is registered last.
        await turn.WaitAsync(cancel);
        try
        {
            change();
            if (isSignedIn && device is not null) await client.RegisterAsync(InstallationId, device, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    private static string LoadOrCreate(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } kept) return kept;
        var made = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        // In one step, so that a crash leaves no half of an id.
        File.WriteAllText($"{file}.new", made);
        File.Move($"{file}.new", file, overwrite: true);
        return made;
    }
}

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
        using var payload = JsonDocument.Parse(json);
        return payload.RootElement.TryGetProperty("todoItemId", out var id) ? id.GetString() : null;
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
    IReadOnlyList<string> Topics);

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
internal sealed partial class Json : JsonSerializerContext;
