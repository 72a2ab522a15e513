import { createServer } from "node:http";
import { deleteRegistration } from "@azure/notification-hubs/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../local/listen.ts";
import { createHubClient, type HubClient } from "../../src/hub/hubClient.ts";
import { callHub, type HubResult } from "../../src/hub/result.ts";

let client: HubClient;
let response: { status: number; headers?: Record<string, string> } = { status: 200 };
const server = createServer((_, answer) => {
  answer.writeHead(response.status, response.headers).end();
});
beforeAll(async () => {
  const url = await listen(server, 0);
  client = createHubClient(`Endpoint=${url}/;SharedAccessKeyName=n;SharedAccessKey=a2V5`, "hub");
});
afterAll(() => {
  server.close();
});

/** Returns a call to a hub that responds with a status. */
function answering(status: number, headers: Record<string, string> = {}) {
  return () => {
    response = { status, headers };
    return deleteRegistration(client, "1-1-1");
  };
}

test.each<[number, HubResult<never>["kind"], HubResult<never>["kind"]]>([
  [400, "refused", "refused"],
  [413, "refused", "refused"],
  [401, "credentials", "credentials"],
  [403, "credentials", "credentials"],
  [404, "gone", "credentials"],
  [410, "gone", "gone"],
  [412, "changed", "changed"],
  // Of the 4xx only 400 and 413 are the fault of the item.
  ...[402, 405, 406, 408, 409, 411, 415, 418, 422, 429, 451].map(
    (status): [number, "unavailable", "unavailable"] => [status, "unavailable", "unavailable"],
  ),
  [201, "unavailable", "unavailable"],
  [302, "unavailable", "unavailable"],
  [500, "unavailable", "unavailable"],
  [503, "unavailable", "unavailable"],
])("a status %i means %s for a registration, and %s for the hub", async (status, one, other) => {
  expect(await callHub("registration", answering(status))).toEqual({ kind: one, status });
  expect(await callHub("hub", answering(status))).toEqual({ kind: other, status });
});

test("a Retry-After is read in seconds and as a date", async () => {
  const asked = (text: string) => callHub("hub", answering(503, { "retry-after": text }));
  expect(await asked("7")).toEqual({ kind: "unavailable", status: 503, retryAfter: 7 });
  const date = new Date(Date.now() + 60_000).toUTCString();
  const result = await asked(date);
  const seconds = result.kind === "unavailable" ? result.retryAfter : undefined;
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await asked("soon")).toEqual({ kind: "unavailable", status: 503 });
});

test("a Retry-After of more than an hour counts as an hour", async () => {
  const tomorrow = new Date(Date.now() + 24 * 60 * 60_000).toUTCString();
  for (const text of ["3601", "999999999", "9".repeat(400), tomorrow]) {
    const result = await callHub("hub", answering(503, { "retry-after": text }));
    expect(result).toEqual({ kind: "unavailable", status: 503, retryAfter: 3_600 });
  }
});

test("a 403 with Retry-After is the hub throttling, and no refusal of the credentials", async () => {
  expect(await callHub("hub", answering(403, { "retry-after": "60" }))).toEqual({
    kind: "unavailable",
    status: 403,
    retryAfter: 60,
  });
});

test.each([
  ["an error of the SDK that reads XML", new TypeError("a-secret"), "TypeError"],
  ["what is no error", { err: { msg: "a-secret" } }, "object"],
])("%s is a response that can't be read", async (_, thrown, error) => {
  const result = await callHub("hub", async () => {
    throw thrown;
  });
  expect(result).toEqual({ kind: "unavailable", error });
});
