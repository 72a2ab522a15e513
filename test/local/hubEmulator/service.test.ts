import { describe, expect, test } from "vitest";
import { useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub, newTag } from "./hubClient.ts";

// What the service answers today, and what it answered until 2022.

const entry = (tag: string) =>
  atomEntry("Gcm", `<Tags>${tag}</Tags><GcmRegistrationId>g</GcmRegistrationId>`);
const ids = ["10-2-3", "9-1-3", "9-10-3", "9-2-4", "9-2-12"];

async function idsOfTag(emulator: Parameters<typeof callHub>[0], tag: string): Promise<string[]> {
  const seen: string[] = [];
  let token: string | null = "";
  while (token !== null) {
    const from: string = token === "" ? "" : `&continuationtoken=${token}`;
    const list = await callHub(emulator, "GET", `/tags/${tag}/registrations?$top=2${from}`);
    seen.push(
      ...[...(await list.text()).matchAll(/<title type="text">([\d-]+)/g)].map(([, id = ""]) => id),
    );
    token = list.headers.get("x-ms-continuationtoken");
  }
  return seen;
}

async function send(emulator: Parameters<typeof callHub>[0]): Promise<string> {
  const headers = { "servicebusnotification-format": "gcm", "servicebusnotification-tags": "none" };
  const sent = await callHub(emulator, "POST", "/messages", { body: '{"data":{}}', headers });
  return new URL(sent.headers.get("location") ?? "").pathname.split("/").at(-1) ?? "";
}

describe("the service of today", () => {
  const emulator = useEmulator();

  test("sends no ETag and no Content-Location", async () => {
    const created = await callHub(emulator(), "POST", "/registrations", { body: entry("a") });
    const body = '{"installationId":"i","platform":"gcm","pushChannel":"g"}';
    const installed = await callHub(emulator(), "PUT", "/installations/i", { body });
    for (const { status, headers } of [created, installed]) {
      expect([status, headers.get("etag"), headers.get("content-location")]).toEqual([
        200,
        null,
        null,
      ]);
    }
  });

  test("names notifications NH-<time>-<hex>-<nn>", async () => {
    expect(await send(emulator())).toMatch(/^NH-\d{14}-[0-9a-f]{32}-\d\d$/);
    expect(await send(emulator())).not.toBe(await send(emulator()));
  });

  test("lists a tag in numeric order of the ids, page by page", async () => {
    const tag = newTag();
    for (const id of ids) {
      await callHub(emulator(), "PUT", `/registrations/${id}`, { body: entry(tag) });
    }
    // An update keeps the place.
    await callHub(emulator(), "PUT", "/registrations/9-2-4", { body: entry(tag) });
    expect(await idsOfTag(emulator(), tag)).toEqual([
      "9-1-3",
      "9-2-4",
      "9-2-12",
      "9-10-3",
      "10-2-3",
    ]);
  });

  test.each(["/registrations/1-2-3", "/installations/none", "/messages/none"])(
    "does not say what is missing: %s",
    async (path) => {
      const missing = await callHub(emulator(), "GET", path);
      expect(missing.status).toBe(404);
      expect(await missing.text()).toMatch(/<Detail>\.TrackingId:/);
    },
  );
});

describe("the service until 2022", () => {
  const emulator = useEmulator({ service: "2022" });

  test("sends ETag and Content-Location", async () => {
    const created = await callHub(emulator(), "POST", "/registrations", { body: entry("a") });
    expect(created.headers.get("etag")).toBe('W/"1"');
    expect(created.headers.get("content-location")).toMatch(/\/registrations\/\d+-\d+-\d\?/);
    const body = '{"installationId":"i","platform":"gcm","pushChannel":"g"}';
    const installed = await callHub(emulator(), "PUT", "/installations/i", { body });
    expect(installed.headers.get("content-location")).toMatch(/\/installations\/i\?/);
  });

  test("has other ids, lists in order of creation, and says what is missing", async () => {
    expect(await send(emulator())).toMatch(/^[0-9a-f]{32}-\d{14}-\d+-1$/);
    const tag = newTag();
    for (const id of ids) {
      await callHub(emulator(), "PUT", `/registrations/${id}`, { body: entry(tag) });
    }
    expect(await idsOfTag(emulator(), tag)).toEqual(ids);
    const missing = await callHub(emulator(), "GET", "/registrations/1-2-3");
    expect(await missing.text()).toContain("The registration does not exist");
  });
});
