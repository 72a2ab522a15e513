import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub, createSdkClient, newTag, type Signing, sign } from "./hubClient.ts";

// Tests the parts of responses that the JavaScript SDK ignores, and requests of other clients.

const emulator = useEmulator();
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns a hub address as responses contain it: with https, even if the emulator serves http. */
function address(path: string): string {
  return `${emulator().url.replace("http:", "https:")}${path}`;
}

/** Replaces times, which differ in every run, with a fixed word. */
function normalised(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "NOW");
}

test("an entry has the service's format, without a time zone when written, with one when read", async () => {
  const header = "<WnsHeader><Header>X-WNS-Type</Header><Value>wns/raw</Value></WnsHeader>";
  const members = `<Tags>b, a</Tags><ChannelUri>https://w/?x=1&amp;y</ChannelUri><BodyTemplate><![CDATA[<a>$(b)</a>]]></BodyTemplate><TemplateName>t</TemplateName><WnsHeaders>${header}</WnsHeaders>`;
  const body = atomEntry("WindowsTemplate", members);
  const written = await callHub(emulator(), "PUT", "/registrations/7-7-7?api-version=2020-06", {
    body,
  });
  expect(written.headers.get("content-type")).toBe(
    "application/atom+xml; type=entry; charset=utf-8",
  );
  expect(written.headers.get("x-ms-correlation-request-id")).toMatch(guid);
  const id = address("/registrations/7-7-7?api-version=2020-06");
  const expected = (zone: string): string =>
    `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:p1="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" p1:etag="W/&quot;1&quot;"><id>${id}</id><title type="text">7-7-7</title><published>NOW</published><updated>NOW</updated><link rel="self" href="${id}"/><content type="application/xml"><WindowsTemplateRegistrationDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><ETag>1</ETag><ExpirationTime>9999-12-31T23:59:59.9999999${zone}</ExpirationTime><RegistrationId>7-7-7</RegistrationId><Tags>b,a</Tags><ChannelUri>https://w/?x=1&amp;y</ChannelUri><BodyTemplate><![CDATA[<a>$(b)</a>]]></BodyTemplate><WnsHeaders>${header}</WnsHeaders><TemplateName>t</TemplateName></WindowsTemplateRegistrationDescription></content></entry>`;
  expect(normalised(await written.text())).toBe(expected(""));
  const read = await callHub(emulator(), "GET", "/registrations/7-7-7?api-version=2020-06");
  expect(normalised(await read.text())).toBe(expected("Z"));
});

test("a feed has the service's format, empty or with a next page", async () => {
  const tag = newTag();
  const path = `/tags/${tag}/registrations?api-version=2020-06&$top=1`;
  const empty = await callHub(emulator(), "GET", path);
  expect(empty.headers.get("content-type")).toBe("application/atom+xml; type=feed; charset=utf-8");
  const id = address(path).replaceAll("&", "&amp;");
  expect(normalised(await empty.text())).toBe(
    `<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">Registrations</title><id>${id}</id><updated>NOW</updated><link rel="self" href="${id}"/></feed>`,
  );
  const body = atomEntry("Gcm", `<Tags>${tag}</Tags><GcmRegistrationId>g</GcmRegistrationId>`);
  for (let i = 0; i < 2; i++) await callHub(emulator(), "POST", "/registrations", { body });
  const first = await callHub(emulator(), "GET", path);
  const token = first.headers.get("x-ms-continuationtoken");
  expect(token).toMatch(/^[A-Za-z0-9]+(?:%3D)*$/);
  expect(await first.text()).toContain(`<link rel="next" href="https://`);
  // Clients encode the token once more, or send it as they got it.
  for (const sent of [token, encodeURIComponent(token ?? "")]) {
    const last = await callHub(emulator(), "GET", `${path}&continuationtoken=${sent}`);
    expect(last.headers.get("x-ms-continuationtoken")).toBeNull();
    expect((await last.text()).match(/<entry /g)).toHaveLength(1);
  }
});

test("returns the https address of a created resource", async () => {
  const body = atomEntry("Gcm", "<GcmRegistrationId>g</GcmRegistrationId>");
  const created = await callHub(emulator(), "POST", "/registrations?api-version=2020-06", { body });
  expect(created.status).toBe(200);
  expect(await created.text()).toMatch(/<id>https:.+\/registrations\/\d+-\d+-\d+\?/);
  const id = await callHub(emulator(), "POST", "/registrationids/?api-version=2020-06");
  expect(id.status).toBe(201);
  expect(id.headers.get("location")).toMatch(/^https:.+\/registrationids\/\d+-\d+-\d+\?/);
});

test("a line break in api-version adds no header to the response", async () => {
  const path = "/registrationids?api-version=a%0d%0ax:%20y";
  const { status, headers } = await callHub(emulator(), "POST", path);
  expect(status).toBe(201);
  expect(headers.get("x")).toBeNull();
});

test("accepts a namespace prefix and character references", async () => {
  const body = `<?xml version="1.0"?><a:entry xmlns:a="http://www.w3.org/2005/Atom"><a:content><c:AppleRegistrationDescription xmlns:c="x"><c:DeviceToken>&#x61;&#98;</c:DeviceToken><c:Expiry i:nil="true"/></c:AppleRegistrationDescription></a:content></a:entry>`;
  const created = await callHub(emulator(), "POST", "/registrations", { body });
  expect(await created.text()).toContain("<DeviceToken>AB</DeviceToken>");
});

test("finds any handle by ChannelUri, as the .NET client asks, with doubled quotes", async () => {
  const handle = `it's ${randomUUID()}`;
  const body = atomEntry("Gcm", `<GcmRegistrationId>${handle}</GcmRegistrationId>`);
  await callHub(emulator(), "POST", "/registrations", { body });
  for (const name of ["ChannelUri", "GcmRegistrationId"]) {
    const filter = encodeURIComponent(`${name} eq '${handle.replaceAll("'", "''")}'`);
    const found = await callHub(emulator(), "GET", `/registrations?$filter=${filter}`);
    expect((await found.text()).match(/<entry /g)).toHaveLength(1);
  }
});

test("If-Match accepts a strong ETag, a weak ETag, and * for any", async () => {
  const body = atomEntry("Gcm", "<GcmRegistrationId>g</GcmRegistrationId>");
  await callHub(emulator(), "PUT", "/registrations/8-8-8", { body });
  for (const [condition, etag] of [
    [`"1"`, 2],
    [`W/"2"`, 3],
    ["*", 4],
  ] as const) {
    const headers = { "if-match": condition };
    const updated = await callHub(emulator(), "PUT", "/registrations/8-8-8", { headers, body });
    expect(await updated.text()).toContain(`<ETag>${etag}</ETag>`);
  }
});

test("addresses are case-insensitive", async () => {
  const list = await fetch(
    `${emulator().url.replace("notify-users", "Notify-Users")}/Registrations`,
    {
      headers: { authorization: sign(emulator()) },
    },
  );
  expect(list.status).toBe(200);
});

test.each<[string, string, Signing]>([
  ["for the namespace with the scheme sb", "sb://127.0.0.1/", {}],
  ["for the namespace in capitals", "HTTPS://127.0.0.1/", {}],
  ["for the hub", "http://127.0.0.1/notify-users", {}],
  ["for the hub with a slash", "http://127.0.0.1/Notify-Users/", {}],
  ["for a collection", "http://127.0.0.1/notify-users/registrations", {}],
  ["for the registration itself", "http://127.0.0.1/notify-users/registrations/9-9-9", {}],
])("accepts a signature %s", async (_, audience) => {
  const authorization = sign(emulator(), { audience: encodeURIComponent(audience) });
  const response = await fetch(`${emulator().url}/registrations/9-9-9`, {
    headers: { authorization },
  });
  expect(response.status).toBe(404);
});

test("refuses an accepted signature after it expires", async () => {
  const headers = { authorization: sign(emulator()) };
  const read = async () =>
    (await fetch(`${emulator().url}/registrations/9-9-9`, { headers })).status;
  expect(await read()).toBe(404);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
  expect(await read()).toBe(401);
  vi.useRealTimers();
  expect(await read()).toBe(404);
});

test("pages neither repeat nor skip registrations while others are created and deleted", async () => {
  const hub = await startHubEmulator({ port: 0 });
  const client = createSdkClient(hub);
  const create = async (handle: string, tags: string[]): Promise<string> => {
    const registration = await client.createRegistration({
      kind: "Gcm",
      gcmRegistrationId: handle,
      tags,
    });
    return registration.registrationId ?? "";
  };
  const staying: string[] = [];
  const leaving: string[] = [];
  for (let i = 0; i < 60; i++) {
    staying.push(await create(`stays-${i}`, ["t"]));
    leaving.push(await create(`leaves-${i}`, ["t"]));
  }
  for (const list of [
    client.listRegistrations({ top: 7 }),
    client.listRegistrationsByTag("t", { top: 7 }),
  ]) {
    const seen: string[] = [];
    for await (const page of list.byPage()) {
      seen.push(...page.map(({ registrationId = "" }) => registrationId));
      for (const id of leaving.splice(0, 2)) await client.deleteRegistration(id);
      await create("new", ["t"]);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => staying.includes(id)).toSorted()).toEqual(staying.toSorted());
  }
  await hub.stop();
});
