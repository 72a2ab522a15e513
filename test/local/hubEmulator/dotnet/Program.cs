using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

// Registers, sends and deletes in the forms of Microsoft's client for .NET, over HTTP/2 and TLS. Prints a line for each
// request: the version of HTTP, the status, and the id of the registration where the answer has one.
//
// Usage: Client HUB_URL KEY_NAME KEY

var hub = new Uri(args[0].TrimEnd('/') + "/");
var client = new HttpClient();

const string contract = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
var registration = $"""
    <entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><RegistrationDescription i:type="FcmV1RegistrationDescription" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="{contract}"><Tags>news</Tags><FcmV1RegistrationId>phone</FcmV1RegistrationId></RegistrationDescription></content></entry>
    """;
var created = await Call(HttpMethod.Post, "registrations", Content(registration, "application/atom+xml;type=entry;charset=utf-8"));
var id = created.Split("<RegistrationId>")[1].Split("</RegistrationId>")[0];

const string installation = """
    {"installationId":"tablet","userId":null,"pushChannel":"tablet","pushChannelExpired":null,"platform":"fcmV1","expirationTime":null,"tags":["news"],"pushVariables":null,"templates":null}
    """;
await Call(HttpMethod.Put, "installations/tablet", Content(installation, "application/json"));

var notification = Content("""{"message":{"notification":{"title":"hello"}}}""", "application/json");
notification.Headers.Add("ServiceBusNotification-Format", "fcmv1");
notification.Headers.Add("ServiceBusNotification-Tags", "news");
await Call(HttpMethod.Post, "messages", notification);

await Call(HttpMethod.Delete, $"registrations/{id}", null, request => request.Headers.TryAddWithoutValidation("If-Match", "\"*\""));
await Call(HttpMethod.Delete, "installations/tablet", null);

static StringContent Content(string text, string type)
{
    var content = new StringContent(text, Encoding.UTF8);
    content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
    return content;
}

async Task<string> Call(HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage>? change = null)
{
    using var request = new HttpRequestMessage(method, new Uri(hub, $"{path}?api-version=2020-06"))
    {
        Content = content,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
    request.Headers.TryAddWithoutValidation("Authorization", Sign());
    change?.Invoke(request);
    using var response = await client.SendAsync(request);
    Console.WriteLine($"{method} {path.Split('/')[0]} HTTP/{response.Version} {(int)response.StatusCode}");
    return await response.Content.ReadAsStringAsync();
}

string Sign()
{
    var audience = Uri.EscapeDataString(hub.AbsoluteUri.ToLowerInvariant());
    var expires = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds();
    var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(args[2]), Encoding.UTF8.GetBytes($"{audience}\n{expires}"));
    return $"SharedAccessSignature sr={audience}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expires}&skn={args[1]}";
}
