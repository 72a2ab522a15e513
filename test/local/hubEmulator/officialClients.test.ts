import { connect } from "node:http2";
import { describe, expect, test } from "vitest";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { platforms } from "../../../local/hubEmulator/registrations/registrationKinds.ts";
import { createDeliveryReader, useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub, newTag, sign } from "./hubClient.ts";
import { selfSignedCertificate } from "./selfSignedCertificate.ts";

// Requests as official clients in other languages write them, each as it goes over the wire.

const emulator = useEmulator();
const readDeliveries = createDeliveryReader();

const json = { "content-type": "application/json" };
const put = (id: string, body: string) =>
  callHub(emulator(), "PUT", `/installations/${id}?api-version=2020-06`, { body, headers: json });
const read = async (id: string) =>
  JSON.parse(await (await callHub(emulator(), "GET", `/installations/${id}`)).text());

describe(".NET", () => {
  /** An entry whose description names its type in an attribute. */
  const entryOf = (kind: string, members: string) =>
    `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><RegistrationDescription i:type="${kind}RegistrationDescription" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">${members}</RegistrationDescription></content></entry>`;

  test.each(Object.values(platforms))(
    "registers with the type in an attribute: $kind",
    async ({ kind, handleElements }) => {
      const handles = handleElements.map((name) => `<${name}>https://handle/1</${name}>`).join("");
      for (const members of [handles, `${handles}<BodyTemplate>{"a":"$(b)"}</BodyTemplate>`]) {
        const template = members === handles ? "" : "Template";
        const headers =
          kind === "Windows" && template
            ? "<WnsHeaders><WnsHeader><Header>X-WNS-Type</Header><Value>wns/raw</Value></WnsHeader></WnsHeaders>"
            : "";
        const body = entryOf(`${kind}${template}`, `${members}${headers}`);
        const { status } = await callHub(emulator(), "POST", "/registrations", { body });
        expect([kind, template, status]).toEqual([kind, template, 200]);
      }
    },
  );

  test('deletes a registration with If-Match: "*"', async () => {
    const body = atomEntry("Gcm", "<GcmRegistrationId>g</GcmRegistrationId>");
    await callHub(emulator(), "PUT", "/registrations/1-2-3", { body });
    const headers = { "if-match": '"*"' };
    expect((await callHub(emulator(), "DELETE", "/registrations/1-2-3", { headers })).status).toBe(
      200,
    );
  });

  test("writes null for what an installation lacks", async () => {
    const body =
      '{"installationId":"nulls","userId":null,"pushChannel":"AB","pushChannelExpired":null,"platform":"apns","expirationTime":null,"tags":null,"pushVariables":null,"templates":{"t":{"body":"{\\"aps\\":{}}","headers":null,"expiry":null,"tags":null}}}';
    expect((await put("nulls", body)).status).toBe(200);
    expect(await read("nulls")).toMatchObject({
      installationId: "nulls",
      templates: { t: { tags: ["t"] } },
    });
  });

  test("writes members and operations in another case, numbers as push variables, and a byte order mark", async () => {
    const body =
      '\uFEFF{"InstallationId":"cases","PushChannel":"AB","Platform":"apns","PushVariables":{"count":3,"on":true}}';
    expect((await put("cases", body)).status).toBe(200);
    const patch = '[{"op":"Add","path":"/tags","value":"news"}]';
    const patched = await callHub(emulator(), "PATCH", "/installations/cases", {
      body: patch,
      headers: json,
    });
    expect(patched.status).toBe(200);
    expect(await read("cases")).toMatchObject({
      tags: ["news"],
      pushVariables: { count: "3", on: "true" },
    });
  });

  test("leaves the id out of the body", async () => {
    expect((await put("no-id", '{"pushChannel":"AB","platform":"apns"}')).status).toBe(200);
  });

  test("names Apple's expiry and priority in headers of its own", async () => {
    const tag = newTag();
    const body = atomEntry("Apple", `<Tags>${tag}</Tags><DeviceToken>AA</DeviceToken>`);
    await callHub(emulator(), "POST", "/registrations", { body });
    await readDeliveries(emulator().url);
    const headers = {
      "servicebusnotification-format": "apple",
      "servicebusnotification-tags": tag,
      "servicebusnotification-apns-expiry": "2026-12-01T00:00:00Z",
      "x-apns-priority": "5",
    };
    await callHub(emulator(), "POST", "/messages", { body: '{"aps":{"alert":"a"}}', headers });
    expect(await readDeliveries(emulator().url)).toMatchObject([
      { headers: { "apns-expiration": "1796083200", "apns-priority": "5" } },
    ]);
  });
});

describe(".NET, members that other clients do not have", () => {
  const register = async (kind: string, members: string): Promise<string> => {
    const body = atomEntry(kind, members);
    const created = await callHub(emulator(), "POST", "/registrations", { body });
    const text = await created.text();
    expect(created.status, text).toBe(200);
    return text;
  };

  test("an Apple template has a priority, which reaches the device", async () => {
    const tag = newTag();
    const template = `<Tags>${tag}</Tags><DeviceToken>AA</DeviceToken><BodyTemplate><![CDATA[{"aps":{"alert":"$(m)"}}]]></BodyTemplate><TemplateName>t</TemplateName><Priority>$(p)</Priority>`;
    expect(await register("AppleTemplate", template)).toContain(
      "<TemplateName>t</TemplateName><Priority>$(p)</Priority><ApnsHeaders",
    );
    await readDeliveries(emulator().url);
    const headers = {
      "servicebusnotification-format": "template",
      "servicebusnotification-tags": tag,
    };
    await callHub(emulator(), "POST", "/messages", { body: '{"m":"x","p":"5"}', headers });
    expect(await readDeliveries(emulator().url)).toMatchObject([
      { headers: { "apns-priority": "5" } },
    ]);
  });

  test("a Baidu template has a message type, and is found by its user and channel", async () => {
    const channel = newTag();
    const template = `<BaiduUserId>user</BaiduUserId><BaiduChannelId>${channel}</BaiduChannelId><BodyTemplate><![CDATA[{"title":"$(m)"}]]></BodyTemplate><TemplateName>t</TemplateName><MessageType>1</MessageType>`;
    expect(await register("BaiduTemplate", template)).toContain(
      "<TemplateName>t</TemplateName><MessageType>1</MessageType>",
    );
    const filter = encodeURIComponent(`ChannelUri eq 'user-${channel}'`);
    const found = await callHub(emulator(), "GET", `/registrations?$filter=${filter}`);
    expect((await found.text()).match(/<entry /g)).toHaveLength(1);
    const other = encodeURIComponent(`ChannelUri eq 'else-${channel}'`);
    const none = await callHub(emulator(), "GET", `/registrations?$filter=${other}`);
    expect(await none.text()).not.toContain("<entry ");
  });

  test.each([
    ["Windows", "Wns", "X-WNS-Type", "wns/toast"],
    ["Mpns", "Mpns", "X-NotificationClass", "2"],
  ])("a %s registration has the name of a secondary tile", async (kind, prefix, name, value) => {
    const native = await register(
      kind,
      "<ChannelUri>https://w/1</ChannelUri><SecondaryTileName>tile</SecondaryTileName>",
    );
    expect(native).toContain(
      "<ChannelUri>https://w/1</ChannelUri><SecondaryTileName>tile</SecondaryTileName>",
    );
    const template = await register(
      `${kind}Template`,
      `<ChannelUri>https://w/1</ChannelUri><SecondaryTileName>tile</SecondaryTileName><BodyTemplate><![CDATA[<a>$(b)</a>]]></BodyTemplate><${prefix}Headers><${prefix}Header><Header>${name}</Header><Value>${value}</Value></${prefix}Header></${prefix}Headers><TemplateName>t</TemplateName>`,
    );
    expect(template).toMatch(
      /<SecondaryTileName>tile<\/SecondaryTileName><BodyTemplate>.+<\/BodyTemplate><(?:Wns|Mpns)Headers>.+<\/(?:Wns|Mpns)Headers><TemplateName>/,
    );
  });

  test("an installation has secondary tiles, which get what is sent to their tags", async () => {
    const [own, ofTile] = [newTag(), newTag()];
    const secondaryTiles = {
      weather: {
        pushChannel: "https://w/tile",
        tags: [ofTile],
        templates: { t: { body: '{"a":"$(b)"}', headers: { "X-WNS-Type": "wns/raw" } } },
      },
    };
    const body = JSON.stringify({
      installationId: "tiles",
      platform: "wns",
      pushChannel: "https://w/own",
      tags: [own],
      secondaryTiles,
    });
    expect((await put("tiles", body)).status).toBe(200);
    expect((await read("tiles")).secondaryTiles.weather).toEqual({
      ...secondaryTiles.weather,
      templates: { t: { ...secondaryTiles.weather.templates.t, tags: ["t"] } },
    });
    const send = async (tag: string): Promise<string[]> => {
      await readDeliveries(emulator().url);
      const headers = {
        "servicebusnotification-format": "windows",
        "servicebusnotification-tags": tag,
        "x-wns-type": "wns/raw",
      };
      await callHub(emulator(), "POST", "/messages", { body: "raw", headers });
      return (await readDeliveries(emulator().url)).map(({ handle }) => handle);
    };
    expect(await send(ofTile)).toEqual(["https://w/tile"]);
    expect(await send(own)).toEqual(["https://w/own"]);
    const patch = '[{"op":"remove","path":"/secondaryTiles/weather"}]';
    await callHub(emulator(), "PATCH", "/installations/tiles", { body: patch, headers: json });
    expect(await send(ofTile)).toEqual([]);
  });

  test.each(["", "<WnsHeaders/>"])(
    "a Windows template needs its headers, not %j",
    async (headers) => {
      const members = `<ChannelUri>https://w/1</ChannelUri><BodyTemplate><![CDATA[<toast/>]]></BodyTemplate>${headers}`;
      const body = atomEntry("WindowsTemplate", members);
      const refused = await callHub(emulator(), "POST", "/registrations", { body });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain("X-WNS-Type");
    },
  );

  test("Windows Phone (MPNS) is stored, found and delivered like the others", async () => {
    const tag = newTag();
    const channel = `https://live.net/${tag}`;
    await register("Mpns", `<Tags>${tag}</Tags><ChannelUri>${channel}</ChannelUri>`);
    const body = JSON.stringify({
      installationId: "phone",
      platform: "mpns",
      pushChannel: `${channel}/2`,
      tags: [tag],
    });
    expect((await put("phone", body)).status).toBe(200);
    const headers = {
      "servicebusnotification-format": "windowsphone",
      "servicebusnotification-tags": tag,
      "x-windowsphone-target": "toast",
      "x-notificationclass": "2",
    };
    await readDeliveries(emulator().url);
    const toast =
      '<?xml version="1.0"?><wp:Notification xmlns:wp="WPNotification"><wp:Toast/></wp:Notification>';
    const sent = await callHub(emulator(), "POST", "/messages", { body: toast, headers });
    const deliveries = await readDeliveries(emulator().url);
    expect(deliveries.map(({ platform, handle }) => [platform, handle]).toSorted()).toEqual([
      ["mpns", channel],
      ["mpns", `${channel}/2`],
    ]);
    expect(deliveries[0]?.headers).toEqual({
      "x-windowsphone-target": "toast",
      "x-notificationclass": "2",
    });
    const path = new URL(sent.headers.get("location") ?? "").pathname.replace(/^\/[^/]+/, "");
    expect(await (await callHub(emulator(), "GET", path)).text()).toContain(
      `<Tags>${tag}</Tags><TargetPlatforms>windowsphone</TargetPlatforms><MpnsOutcomeCounts>`,
    );
  });
});

describe("the order of elements, which .NET's reader needs", () => {
  test("has Baidu's user before its channel", async () => {
    const body = atomEntry(
      "Baidu",
      "<BaiduChannelId>c</BaiduChannelId><BaiduUserId>u</BaiduUserId>",
    );
    const written = await callHub(emulator(), "POST", "/registrations", { body });
    expect(await written.text()).toContain(
      "<BaiduUserId>u</BaiduUserId><BaiduChannelId>c</BaiduChannelId>",
    );
  });

  test("has the counts of a notification in the service's order", async () => {
    const tag = newTag();
    for (const [kind, handle] of [
      ["FcmV1", "FcmV1RegistrationId"],
      ["Adm", "AdmRegistrationId"],
      ["Gcm", "GcmRegistrationId"],
      ["Apple", "DeviceToken"],
    ]) {
      const template =
        '<BodyTemplate><![CDATA[{"message":{"data":{"a":"$(b)"}},"data":{},"aps":{}}]]></BodyTemplate>';
      const body = atomEntry(
        `${kind}Template`,
        `<Tags>${tag}</Tags><${handle}>AB</${handle}>${template}`,
      );
      expect((await callHub(emulator(), "POST", "/registrations", { body })).status).toBe(200);
    }
    const headers = {
      "servicebusnotification-format": "template",
      "servicebusnotification-tags": tag,
    };
    const sent = await callHub(emulator(), "POST", "/messages", { body: '{"b":"c"}', headers });
    const path = new URL(sent.headers.get("location") ?? "").pathname.replace(/^\/[^/]+/, "");
    const details = await (await callHub(emulator(), "GET", path)).text();
    expect(details.match(/<TargetPlatforms>|<\w+OutcomeCounts>/g)).toEqual([
      "<TargetPlatforms>",
      "<ApnsOutcomeCounts>",
      "<GcmOutcomeCounts>",
      "<AdmOutcomeCounts>",
      "<FcmV1OutcomeCounts>",
    ]);
  });
});

describe("Java", () => {
  test("signs the whole address with its query", async () => {
    const address = `${emulator().url}/registrations?api-version=2020-06`;
    const authorization = sign(emulator(), { audience: encodeURIComponent(address).toLowerCase() });
    const { status } = await fetch(address, { headers: { authorization } });
    expect(status).toBe(200);
  });

  test("speaks HTTP/2 only", async () => {
    const certificate = selfSignedCertificate();
    const hub = await startHubEmulator({ port: 0, https: certificate });
    const { origin, pathname } = new URL(hub.url);
    const client = connect(origin, { ca: certificate.cert });
    try {
      const call = (method: string, path: string, headers: Record<string, string>, body = "") =>
        new Promise<{ status: number; text: string }>((resolve, reject) => {
          const authorization = sign(hub);
          const stream = client.request(
            {
              ":method": method,
              ":path": `${pathname}${path}`,
              authorization,
              ...headers,
            },
            { endStream: body === "" },
          );
          let status = 0;
          let text = "";
          stream.on("response", (received) => {
            status = Number(received[":status"]);
          });
          stream.setEncoding("utf8").on("data", (piece: string) => {
            text += piece;
          });
          stream.on("end", () => resolve({ status, text }));
          stream.on("error", reject);
          if (body !== "") stream.end(body);
        });
      const entry = atomEntry(
        "FcmV1",
        "<Tags>news</Tags><FcmV1RegistrationId>h</FcmV1RegistrationId>",
      );
      expect(await call("POST", "/registrations", {}, entry)).toMatchObject({ status: 200 });
      const headers = {
        "servicebusnotification-format": "fcmv1",
        "servicebusnotification-tags": "news",
      };
      const message = '{"message":{"notification":{"title":"hello"}}}';
      expect(await call("POST", "/messages", headers, message)).toMatchObject({ status: 201 });
      expect((await call("GET", "/_emulator/deliveries", {})).text).toContain("hello");
    } finally {
      client.destroy();
      await hub.stop();
    }
  });
});

describe(".NET and Java", () => {
  test("write the channel of a browser as a text, and read it in that form", async () => {
    const pushChannel = JSON.stringify({
      endpoint: "https://push.example/1",
      p256dh: "k",
      auth: "a",
    });
    const body = JSON.stringify({ installationId: "browser", platform: "browser", pushChannel });
    expect((await put("browser", body)).status).toBe(200);
    expect(await read("browser")).toMatchObject({ pushChannel });
  });
});

describe("Go and pagopa", () => {
  test("write a list of tags as a text in a patch", async () => {
    const body = JSON.stringify({
      installationId: "massive",
      platform: "apns",
      pushChannel: "AB",
      templates: { massive: { body: '{"aps":{}}' } },
    });
    expect((await put("massive", body)).status).toBe(200);
    const patch = '[{"op":"add","path":"/templates/massive/tags","value":"[\\"abc\\"]"}]';
    expect(
      (await callHub(emulator(), "PATCH", "/installations/massive", { body: patch, headers: json }))
        .status,
    ).toBe(200);
    expect((await read("massive")).templates.massive.tags).toEqual(["massive", "abc"]);
  });

  test("write the platform as fcmV1", async () => {
    const body = '{"installationId":"mixed","platform":"fcmV1","pushChannel":"token"}';
    expect((await put("mixed", body)).status).toBe(200);
    expect(await read("mixed")).toMatchObject({ platform: "fcmv1" });
  });
});

describe("clients that write query names in another case", () => {
  test("page with ContinuationToken", async () => {
    const tag = newTag();
    const body = atomEntry("Gcm", `<Tags>${tag}</Tags><GcmRegistrationId>g</GcmRegistrationId>`);
    for (let i = 0; i < 2; i++) await callHub(emulator(), "POST", "/registrations", { body });
    const first = await callHub(emulator(), "GET", `/tags/${tag}/registrations?$top=1`);
    const token = first.headers.get("x-ms-continuationtoken");
    const second = await callHub(
      emulator(),
      "GET",
      `/tags/${tag}/registrations?$Top=1&ContinuationToken=${token}`,
    );
    expect(second.headers.get("x-ms-continuationtoken")).toBeNull();
  });

  test("send with Direct to one device, and not to all", async () => {
    const body = atomEntry("Gcm", "<GcmRegistrationId>other</GcmRegistrationId>");
    await callHub(emulator(), "POST", "/registrations", { body });
    await readDeliveries(emulator().url);
    const headers = {
      "servicebusnotification-format": "gcm",
      "servicebusnotification-devicehandle": "one",
    };
    await callHub(emulator(), "POST", "/messages?Direct", { body: '{"data":{}}', headers });
    expect((await readDeliveries(emulator().url)).map(({ handle }) => handle)).toEqual(["one"]);
  });
});
