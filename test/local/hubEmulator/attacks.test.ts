import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type HubEmulator, startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { until } from "../../support/until.ts";
import { useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub } from "./hubClient.ts";

// What an attack on the emulator found once.

const emulator = useEmulator();
beforeEach(() => emulator().reset());

const json = { "content-type": "application/json" };
const put = (id: string, installation: object) =>
  callHub(emulator(), "PUT", `/installations/${id}`, {
    headers: json,
    body: JSON.stringify({ platform: "wns", pushChannel: "https://w/1", ...installation }),
  });
const patch = (id: string, operations: readonly object[]) =>
  callHub(emulator(), "PATCH", `/installations/${id}`, {
    headers: json,
    body: JSON.stringify(operations),
  });
const read = async (id: string) =>
  JSON.parse(await (await callHub(emulator(), "GET", `/installations/${id}`)).text());

async function sendTo(handle: string, format: string, body: string): Promise<number> {
  const headers = {
    "servicebusnotification-format": format,
    "servicebusnotification-devicehandle": handle,
  };
  return (await callHub(emulator(), "POST", "/messages?direct", { body, headers })).status;
}

describe("work that outlives a hub", () => {
  const body = '{"platform":"gcm","pushChannel":"g"}';
  const delayMs = 200;

  /** Sends a request that a fault rule delays, and waits until it has arrived. */
  async function delayed(hub: HubEmulator): Promise<{ readonly answer: Promise<unknown> }> {
    hub.setFaults([{ delayMs, times: 1 }]);
    const answer = callHub(hub, "PUT", "/installations/late", { body }).catch(() => "none");
    await until("its arrival", async () => {
      const faults = await fetch(`${hub.url}/_emulator/faults`);
      return (await faults.text()).includes('"times":0');
    });
    return { answer };
  }

  test("a delayed request changes nothing after a reset", async () => {
    const { answer } = await delayed(emulator());
    emulator().reset();
    expect(await answer).toBe("none");
    expect(emulator().requests()).toEqual([]);
    expect((await callHub(emulator(), "GET", "/installations/late")).status).toBe(404);
  });

  test("a delayed request changes nothing after a stop, nor in the next emulator's data", async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), "hub-"));
    const first = await startHubEmulator({ dataDirectory });
    const { answer } = await delayed(first);
    const begun = performance.now();
    await first.stop();
    expect(await answer).toBe("none");
    const second = await startHubEmulator({ dataDirectory });
    await until("the end of the delay", () => performance.now() > begun + 2 * delayMs);
    await second.stop();
    const third = await startHubEmulator({ dataDirectory });
    expect((await callHub(third, "GET", "/installations/late")).status).toBe(404);
    await third.stop();
    await rm(dataDirectory, { recursive: true });
  });
});

describe("what clients write", () => {
  test("a template of many blanks is refused at once", async () => {
    const body = atomEntry(
      "GcmTemplate",
      `<GcmRegistrationId>g</GcmRegistrationId><BodyTemplate><![CDATA[{"a":"$(${" ".repeat(60_000)}!!"}]]></BodyTemplate>`,
    );
    const begun = performance.now();
    const refused = await callHub(emulator(), "POST", "/registrations", { body });
    expect(refused.status).toBe(400);
    // Once it took minutes, by the cube of the length.
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  test("names of inherited members are no members", async () => {
    expect((await put("a", { secondaryTiles: { t: { pushChannel: "https://w/2" } } })).status).toBe(
      200,
    );
    const template = { body: '{"a":"b"}', headers: { "X-WNS-Type": "wns/raw" } };
    const tile = { pushChannel: "https://w/3", templates: { valueOf: template } };
    expect((await put("a", { secondaryTiles: { toString: tile } })).status).toBe(200);
    expect(Object.keys((await read("a")).secondaryTiles)).toEqual(["toString"]);
  });

  test.each(["constructor", "prototype"])(
    "a template named %s is refused, not dropped",
    async (name) => {
      const template = { body: '{"a":"b"}', headers: {} };
      expect((await put("b", { templates: { [name]: template } })).status).toBe(400);
      expect((await put("b", { pushVariables: { [name]: "x" } })).status).toBe(400);
    },
  );

  test("a Baidu handle whose user has a dash is forgotten when it expires", async () => {
    const members = "<BaiduUserId>u-1</BaiduUserId><BaiduChannelId>c-2</BaiduChannelId>";
    await callHub(emulator(), "POST", "/registrations", { body: atomEntry("Baidu", members) });
    emulator().device("u-1-c-2").set({ state: "expired" });
    const filter = encodeURIComponent("ChannelUri eq 'u-1-c-2'");
    const count = async () =>
      (await (await callHub(emulator(), "GET", `/registrations?$filter=${filter}`)).text()).split(
        "<entry ",
      ).length - 1;
    expect(await count()).toBe(1);
    await sendTo("u-1-c-2", "baidu", "{}");
    expect(await count()).toBe(0);
  });

  test("a browser's channel keeps its form in a patch", async () => {
    const pushChannel = JSON.stringify({ endpoint: "https://p/1", p256dh: "k", auth: "a" });
    await put("c", { platform: "browser", pushChannel });
    await patch("c", [{ op: "replace", path: "/pushChannel", value: pushChannel }]);
    expect((await read("c")).pushChannel).toBe(pushChannel);
  });

  test("tags ignore case in a patch, null is no list, and members may be in any case", async () => {
    await put("d", { tags: ["News", null] });
    await patch("d", [{ Op: "Add", Path: "/tags", Value: "NEWS" }]);
    expect((await read("d")).tags).toEqual(["News"]);
    await patch("d", [{ op: "remove", path: "/tags/news" }]);
    expect((await read("d")).tags).toBeUndefined();
    await put("d", { tags: ["a"] });
    expect((await patch("d", [{ op: "replace", path: "/tags", value: null }])).status).toBe(200);
    expect((await read("d")).tags).toBeUndefined();
  });

  test("only Apple's handles ignore the case", async () => {
    emulator().device("cafe").set({ state: "expired" });
    await sendTo("CAFE", "fcmv1", '{"message":{}}');
    expect(emulator().deliveries()).toHaveLength(1);
    await sendTo("CAFE", "apple", '{"aps":{}}');
    expect(emulator().deliveries()).toHaveLength(1);
    const filter = encodeURIComponent("DeviceToken eq 'abcd'");
    await callHub(emulator(), "POST", "/registrations", {
      body: atomEntry("Apple", "<DeviceToken>ABCD</DeviceToken>"),
    });
    const found = await callHub(emulator(), "GET", `/registrations?$filter=${filter}`);
    expect(await found.text()).toContain("<DeviceToken>ABCD</DeviceToken>");
  });
});

describe("the record", () => {
  test("has no signature, not even one in an address", async () => {
    await callHub(emulator(), "POST", "/messages?sig=SECRET1&SharedAccessKey=SECRET2");
    await callHub(
      emulator(),
      "GET",
      "/registrations/SharedAccessSignature%20sr=x&sig=SECRET3&se=1",
    );
    await callHub(emulator(), "DELETE", "/installations/sig%3DSECRET4");
    const accept = { accept: "text/plain" };
    const lines = await fetch(`${emulator().url}/_emulator/requests`, { headers: accept });
    expect(JSON.stringify(emulator().requests()) + (await lines.text())).not.toContain("SECRET");
  });

  test("is one line for each, without control characters", async () => {
    await callHub(emulator(), "DELETE", "/installations/y%0a23:59  200  forged%1b[31m");
    await sendTo("AB", "apple", JSON.stringify({ aps: { alert: "a\n9  forged \u001b[31m" } }));
    for (const what of ["requests", "deliveries"]) {
      const headers = { accept: "text/plain" };
      const text = await (await fetch(`${emulator().url}/_emulator/${what}`, { headers })).text();
      expect(text.trimEnd().split("\n")).toHaveLength(what === "requests" ? 2 : 1);
      expect(text).not.toContain("\u001b");
    }
  });
});

describe("the interface", () => {
  test("a match that throws rejects its own promise, and not the client's send", async () => {
    const failing = emulator().waitForDelivery(() => {
      throw new Error("my mistake");
    });
    const rejected = expect(failing).rejects.toThrow("my mistake");
    expect(await sendTo("AB", "apple", '{"aps":{}}')).toBe(201);
    await rejected;
  });

  test("a pattern with a state, and an undefined member, match again and again", async () => {
    await sendTo("AB", "apple", '{"aps":{"alert":"Hello"}}');
    const body = /Hello/g;
    for (let i = 0; i < 2; i++) await emulator().waitForDelivery({ body });
    const match = JSON.parse("{}");
    expect(await emulator().waitForDelivery({ ...match, platform: undefined })).toBeDefined();
  });

  test("stop ends those who wait", async () => {
    const hub = await startHubEmulator();
    const waiting = expect(hub.waitForDelivery({}, Number.POSITIVE_INFINITY)).rejects.toThrow(
      "stopped",
    );
    await hub.stop();
    await waiting;
  });

  test("a device and fault rules are checked, with every fault", () => {
    const rubbish = JSON.parse('{"state":"expird","foo":1}');
    expect(() => emulator().device("h").set(rubbish)).toThrow(/state: .+; .*foo/);
    const rules = JSON.parse('[{"status":503,"hang":true,"times":0}]');
    expect(() => emulator().setFaults(rules)).toThrow(/times: .+use only one of/);
  });
});
