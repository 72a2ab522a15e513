import { randomUUID } from "node:crypto";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  send,
  sendMessage,
  signIn,
} from "../support/client.ts";
import type { Interference } from "../support/recordingProxy.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { useTestStack } from "../support/testStack.ts";

let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  return { AzureWebJobsStorage: proxies.connectionString };
});
afterAll(() => proxies.stop());
afterEach(() => {
  for (const proxy of [proxies.queues, proxies.tables]) proxy.interfere = undefined;
});

function answer(status: number, body = "", type = "application/json"): Interference {
  return { kind: "answer", status, headers: { "content-type": type }, body };
}

const html = "<html><body>Sign in to the guest network</body></html>";

/** The headers that a response of storage has: a body of its own does not come with them. */
const genuine = { "x-ms-request-id": "1", "x-ms-version": "2019-02-02" };

const genuineJson = { ...genuine, "content-type": "application/json" };
const genuineXml = { ...genuine, "content-type": "application/xml" };

const responses: readonly (readonly [what: string, response: Interference, status: number])[] = [
  [
    "refuses the credentials with 403",
    answer(403, '{"odata.error":{"code":"AuthenticationFailed","message":{"value":"a-secret"}}}'),
    502,
  ],
  ["refuses the credentials with 403 and no body", answer(403), 502],
  ["refuses the credentials with 401", answer(401, "{}"), 502],
  ["is a page with 200", answer(200, html, "text/html"), 503],
  ["is a page with 201", answer(201, html, "text/html"), 503],
  ["is empty with 200", answer(200), 503],
  ["is empty with 204", answer(204), 503],
  ["is JSON of another kind", answer(200, '{"hello":"world"}'), 503],
  [
    "is a page with the headers of storage",
    { ...page(), headers: { ...page().headers, ...genuine } },
    503,
  ],
  ["is cut in the middle", { kind: "cut", part: 0.5 }, 503],
  ["leads elsewhere", { ...page(), status: 302, headers: { location: "/elsewhere" } }, 503],
  ["is 500", answer(500), 503],
];

/** Responses that have the headers of storage, and a body that its clients cannot read. */
const unreadable: typeof responses = [
  ...["null", "[]", "1", '"text"', '{"value":[null]}', '{"value":[1]}', '{"value":{}}'].map(
    (body) =>
      [
        `is ${body} with the headers of storage`,
        { ...page(), headers: genuineJson, body },
        503,
      ] as const,
  ),
  ...[
    "",
    "<a",
    "<a/>",
    "<QueueMessagesList/>",
    "<QueueMessagesList><QueueMessage/></QueueMessagesList>",
  ].map(
    (body) =>
      [
        `is ${body || "empty"} with the headers of the queue`,
        { ...page(), headers: genuineXml, body },
        503,
      ] as const,
  ),
];

function page() {
  return {
    kind: "answer" as const,
    status: 200,
    headers: { "content-type": "text/html" },
    body: html,
  };
}

const routes: readonly {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
}[] = [
  { method: "GET", path: "" },
  { method: "GET", path: "?$orderby=text" },
  { method: "GET", path: "/an-item" },
  { method: "PATCH", path: "/an-item" },
  { method: "PATCH", path: "/an-item", headers: { "if-match": '"x"' } },
  { method: "DELETE", path: "/an-item", headers: { "if-match": '"x"' } },
  { method: "DELETE", path: "/an-item" },
  { method: "POST", path: "" },
];

const phoneOfErin = iPhone();

describe.each(responses)("a response of storage that %s", (what, response, status) => {
  test.each(routes)(
    "makes $method /tables/TodoItem$path $headers fail as storage does",
    async ({ method, path, headers }) => {
      const token = await signIn(stack(), "alice");
      const body = method === "PATCH" || method === "POST" ? { text: "of alice" } : undefined;
      await insert(stack(), token, { id: "an-item", text: "of alice" });
      proxies.tables.interfere = ({ url }) => (url.includes("TodoItem") ? response : undefined);
      const failed = await send(stack(), method, `/tables/TodoItem${path}`, {
        headers: { "x-zumo-auth": token, ...headers },
        body,
      });
      // A write has an empty response: to cut it changes nothing.
      const unharmed = response.kind === "cut" && ["PATCH", "DELETE", "POST"].includes(method);
      if (!unharmed) expect([what, failed.status]).toEqual([what, status]);
      expect(failed.status).not.toBe(500);
      if (failed.status === 503) expect(failed.headers.get("retry-after")).toMatch(/^\d+$/);
      if (failed.status === 502) {
        expect(stack().log()).toContain('"outcome":"credentials-refused","reason":"storage"');
      }
      expect(failed.text + stack().log()).not.toContain("a-secret");
    },
  );

  test.each(["GET", "POST"])("makes %s /api/notifications fail as storage does", async (method) => {
    const message = { id: "one", to: { everyone: true }, title: "t", text: "t" };
    await sendMessage(stack(), message);
    proxies.tables.interfere = ({ url }) => (url.includes("Notification") ? response : undefined);
    const failed =
      method === "POST"
        ? await sendMessage(stack(), { ...message, id: randomUUID() })
        : await send(stack(), "GET", "/api/notifications/one");
    // As above. And a message is stored already when its result cannot be recorded.
    if (response.kind !== "cut" || method === "GET") {
      expect([what, failed.status]).toEqual([what, status]);
    }
    expect(failed.text + stack().log()).not.toContain("a-secret");
  });

  test("makes registering fail as storage does, because the mark of forgetting is unknown", async () => {
    const token = await signIn(stack(), "erin");
    proxies.tables.interfere = ({ url }) => (url.includes("ForgottenUser") ? response : undefined);
    const failed = await register(stack(), token, phoneOfErin);
    expect([what, failed.status]).toEqual([what, status]);
    expect(failed.text + stack().log()).not.toContain("a-secret");
    proxies.tables.interfere = undefined;
    expect((await register(stack(), token, phoneOfErin)).status).toBe(200);
  });

  test("makes DELETE /api/me fail as storage does, and what is left goes at the next call", async () => {
    const token = await signIn(stack(), "carol");
    await insert(stack(), token, { id: "an-item", text: "of carol" });
    const forget = () => send(stack(), "DELETE", "/api/me", { headers: { "x-zumo-auth": token } });
    proxies.tables.interfere = ({ method }) => (method === "GET" ? response : undefined);
    const failed = await forget();
    expect([what, failed.status]).toEqual([what, status]);
    expect(failed.text + stack().log()).not.toContain("a-secret");
    proxies.tables.interfere = undefined;
    expect(await forget()).toMatchObject({ status: 204 });
  });

  test("from the queue keeps an insert from writing a row, and the user is told", async () => {
    const token = await signIn(stack(), "bob");
    const phone = iPhone();
    await register(stack(), token, phone);
    const before = proxies.tables.requests.length;
    const put = ({ method, url }: { method: string; url: string }) =>
      method === "POST" && url.includes("/notifications");
    proxies.queues.interfere = (one) => (put(one) ? response : undefined);
    const failed = await insert(stack(), token, { text: "of bob" });
    expect([what, failed.status]).toEqual([what, status]);
    expect(proxies.tables.requests.length).toBe(before);
    expect(await deliveriesSoFar(stack(), phone.handle)).toEqual([]);
  });
});

test("DELETE /api/me leaves an item that changes meanwhile to the next call", async () => {
  const token = await signIn(stack(), "dave");
  await insert(stack(), token, { id: "an-item", text: "of dave" });
  const forget = () => send(stack(), "DELETE", "/api/me", { headers: { "x-zumo-auth": token } });
  const body = '{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"value":"x"}}}';
  proxies.tables.interfere = ({ method }) => (method === "DELETE" ? answer(412, body) : undefined);
  const left = await forget();
  expect(left.status).toBe(202);
  expect(left.headers.get("retry-after")).toBe("1");
  proxies.tables.interfere = undefined;
  expect(await forget()).toMatchObject({ status: 204 });
});

describe.each(unreadable)("a response of storage that %s", (what, response, status) => {
  test("makes reading, listing, inserting and registering fail as storage does", async () => {
    const token = await signIn(stack(), "frank");
    const headers = { "x-zumo-auth": token };
    const ask = (path: string) => send(stack(), "GET", `/tables/TodoItem${path}`, { headers });
    await insert(stack(), token, { id: "an-item", text: "of frank" });
    proxies.tables.interfere = ({ method }) => (method === "GET" ? response : undefined);
    const statuses = [
      (await ask("")).status,
      (await ask("/an-item")).status,
      (await register(stack(), token, phoneOfErin)).status,
    ];
    proxies.tables.interfere = undefined;
    proxies.queues.interfere = ({ method }) => (method === "POST" ? response : undefined);
    statuses.push((await insert(stack(), token, { text: "of frank" })).status);
    expect([what, ...statuses]).toEqual([what, status, status, status, status]);
  });
});
