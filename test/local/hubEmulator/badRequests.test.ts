import { beforeAll, describe, expect, test } from "vitest";
import { useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub, sign } from "./hubClient.ts";
import { beyondListen, beyondSend, sendRule, signatures } from "./refused/access.ts";
import {
  presentInstallation,
  presentRegistration,
  retiredRegistration,
} from "./refused/badRequest.ts";
import { installations, patches } from "./refused/installations.ts";
import { deletions, descriptions, lists, updates } from "./refused/registrations.ts";
import { addresses, expressions, oversize, sends } from "./refused/requests.ts";

const emulator = useEmulator({ accessRules: [sendRule] });

beforeAll(async () => {
  const hub = emulator();
  const body = atomEntry("Apple", "<DeviceToken>ABAB</DeviceToken>");
  await callHub(hub, "PUT", `/registrations/${presentRegistration}`, { body });
  await callHub(hub, "PUT", `/registrations/${retiredRegistration}`, { body });
  await callHub(hub, "DELETE", `/registrations/${retiredRegistration}`);
  await callHub(hub, "PUT", `/installations/${presentInstallation}`, {
    body: `{"installationId":"${presentInstallation}","platform":"apns","pushChannel":"AB"}`,
  });
});

const groups = {
  signatures,
  beyondListen,
  beyondSend,
  addresses,
  descriptions,
  updates,
  deletions,
  lists,
  installations,
  patches,
  expressions,
  sends,
  oversize,
};

test("there are at least 80 bad requests", () => {
  expect(Object.values(groups).flat().length).toBeGreaterThanOrEqual(80);
});

describe.each(Object.entries(groups))("refused requests: %s", (_, requests) => {
  test.each(requests)("returns $status for $what", async (request) => {
    const {
      method = "GET",
      path,
      headers = {},
      body,
      status,
      detail = "",
      authorization,
    } = request;
    const hub = emulator();
    const token = authorization === undefined ? sign(hub) : authorization(hub);
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: { ...headers, ...(token !== undefined && { authorization: token }) },
      ...(body !== undefined && method !== "GET" && { body }),
    });
    const text = await response.text();
    expect(response.status, text).toBe(status);
    expect(response.headers.get("trackingid")).toMatch(/^[0-9a-f-]{36}$/);
    if (status === 403) {
      expect(text).toBe("");
      return;
    }
    expect(response.headers.get("content-type")).toBe("application/xml; charset=utf-8");
    expect(text).toMatch(
      /^<Error><Code>\d{3}<\/Code><Detail>.*\.TrackingId:[0-9a-f-]{36},TimeStamp:\d+\/\d+\/\d{4} \d+:\d\d:\d\d [AP]M<\/Detail><\/Error>$/s,
    );
    expect(text).toContain(`<Code>${status}</Code>`);
    expect(text).toContain(detail);
  });
});

test("returns 404 for another hub's name", async () => {
  const hub = { ...emulator(), name: "other" };
  expect((await callHub(hub, "GET", "/registrations")).status).toBe(404);
});

test("refused requests change nothing", async () => {
  const list = await (await callHub(emulator(), "GET", "/registrations")).text();
  expect(list.match(/<entry /g)).toHaveLength(2);
  expect(list).toContain("<ETag>1</ETag>");
  expect(list).not.toContain("<ETag>2</ETag>");
});
