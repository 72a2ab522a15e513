import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { authorityIn, issueCertificate } from "../../local/hubEmulator/server/certificates.ts";
import { listen } from "../../local/listen.ts";
import { createOfficialQueue } from "../../ops/officialQueue.ts";
import { readStorageConnectionString } from "../../src/settings/connectionString.ts";
import { createAccessTokens } from "../../src/storage/accessToken.ts";
import type { Queue } from "../../src/storage/queue.ts";
import { createQueueClient } from "../../src/storage/queueClient.ts";
import { type Interference, startRecordingProxy } from "../support/recordingProxy.ts";
import { ownStorage } from "../support/testStack.ts";
import { until } from "../support/until.ts";

/* The app's own client of queues and the official one, in the same situations: each checks the other. */

interface Tokens {
  readonly getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>;
}

interface Client {
  readonly name: string;
  readonly byKey: (url: string, queue: string, account: string, key: string) => Queue;
  readonly byTokens: (url: string, queue: string, tokens: Tokens) => Queue;
}

const clients: readonly Client[] = [
  {
    name: "the app's client",
    byKey: (url, queue, account, key) =>
      createQueueClient(url, queue, { kind: "key", account, key }),
    byTokens: (url, queue, tokens) =>
      createQueueClient(url, queue, { kind: "tokens", tokens: createAccessTokens(tokens) }),
  },
  {
    name: "the official client",
    byKey: (url, queue, account, key) => createOfficialQueue(url, queue, { account, key }),
    byTokens: (url, queue, tokens) => createOfficialQueue(url, queue, tokens),
  },
];

const account = readStorageConnectionString(ownStorage());
if (account?.kind !== "key") throw new Error("Azurite has an account with a key.");
const { name: accountName, key: accountKey, queueUrl } = account;

const signal = () => AbortSignal.timeout(30_000);

const newName = () => `queue-${randomUUID()}`;

const wrongKey = Buffer.from("another key").toString("base64");

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) await close();
});

/** Starts a stand-in for storage, and returns its address. */
async function standIn(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    answer(request, response, Buffer.concat(await Array.fromAsync(request)).toString());
  });
  closing.push(() => server.close());
  // The official client takes the name of this machine for a path-style address.
  return `${await listen(server, 0)}/account`;
}

const genuine = { "x-ms-request-id": "1", "x-ms-version": "2021-12-02" };

describe.each(clients)("$name", ({ name, byKey, byTokens }) => {
  const isApps = name === "the app's client";

  async function newQueue(): Promise<Queue> {
    const queue = byKey(queueUrl, newName(), accountName, accountKey);
    expect(await queue.create(signal())).toEqual({ kind: "done" });
    return queue;
  }

  async function put(queue: Queue, text: string, delay = 0) {
    const done = await queue.put(text, delay, signal());
    if (done.kind !== "done") throw new Error(done.kind);
    return done.receipt;
  }

  async function received(queue: Queue) {
    const done = await queue.receive(32, 30, signal());
    if (done.kind !== "done") throw new Error(done.kind);
    return done.messages;
  }

  test("creates a queue, also if it is there", async () => {
    const queue = await newQueue();
    expect(await queue.create(signal())).toEqual({ kind: "done" });
    expect(await queue.count(signal())).toMatchObject({ kind: "done", count: 0 });
  });

  test("puts, counts, receives and removes messages", async () => {
    const queue = await newQueue();
    const visible = await put(queue, "visible");
    const hidden = await put(queue, "hidden", 60);
    expect(await queue.count(signal())).toMatchObject({
      kind: "done",
      count: 2,
      date: expect.any(Date),
    });
    const [message, ...others] = await received(queue);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ messageId: visible.messageId, text: "visible" });
    expect(Math.abs((message?.insertedOn.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await received(queue)).toEqual([]);
    if (message) expect(await queue.remove(message, signal())).toEqual({ kind: "done" });
    expect(await queue.remove(hidden, signal())).toEqual({ kind: "done" });
    expect(await queue.count(signal())).toMatchObject({ count: 0 });
  });

  test("keeps every character of a text", async () => {
    const queue = await newQueue();
    const texts = ["a & b < c > d \"e\" 'f' &amp; ]]> é 漢 😀", "  ", "{}", "+/=%20?&#38;"];
    for (const text of texts) await put(queue, text);
    expect((await received(queue)).map(({ text }) => text).toSorted()).toEqual(texts.toSorted());
  });

  test("takes a message of 64 KiB, and says that one that is longer is a bug", async () => {
    const queue = await newQueue();
    const longest = "x".repeat(64 * 1024);
    await put(queue, longest);
    expect((await received(queue)).map(({ text }) => text.length)).toEqual([longest.length]);
    await expect(queue.put(`${longest}x`, 0, signal())).rejects.toThrow();
  });

  test("updates a message, whose receipt is then another one", async () => {
    const queue = await newQueue();
    const first = await put(queue, "first", 60);
    const updated = await queue.update(first, "second", 60, signal());
    if (updated.kind !== "done") throw new Error(updated.kind);
    expect(updated.receipt.popReceipt).not.toBe(first.popReceipt);
    expect(await queue.remove(first, signal())).toEqual({ kind: "taken" });
    expect(await queue.update(first, "third", 0, signal())).toEqual({ kind: "taken" });
    // The content stays if there is no new one.
    expect(await queue.update(updated.receipt, undefined, 0, signal())).toMatchObject({
      kind: "done",
    });
    expect(await received(queue)).toMatchObject([{ text: "second" }]);
  });

  test("tells a message that is gone from one that another has", async () => {
    const queue = await newQueue();
    const receipt = await put(queue, "one");
    const [message] = await received(queue);
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "taken" });
    if (message) await queue.remove(message, signal());
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "gone" });
    expect(await queue.update(receipt, "x", 0, signal())).toEqual({ kind: "gone" });
  });

  test("sends receipts with every character that an address has a meaning for", async () => {
    const seen: string[] = [];
    const url = await standIn((request, response) => {
      seen.push(String(request.url));
      response.writeHead(204, { ...genuine, "x-ms-popreceipt": "a+new/receipt==" }).end();
    });
    const queue = byKey(url, "queue", "account", accountKey);
    const receipt = { messageId: "id/with?marks", popReceipt: "AgAAAA+/&?=#%2B 1" };
    const updated = await queue.update(receipt, "x", 5, signal());
    expect(updated).toMatchObject({ receipt: { popReceipt: "a+new/receipt==" } });
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "done" });
    for (const one of seen) {
      const { pathname, searchParams } = new URL(one, url);
      expect(decodeURIComponent(pathname)).toBe("/account/queue/messages/id/with?marks");
      expect(searchParams.get("popreceipt")).toBe(receipt.popReceipt);
    }
  });

  test("says that a queue is missing", async () => {
    const queue = byKey(queueUrl, newName(), accountName, accountKey);
    const receipt = { messageId: randomUUID(), popReceipt: "x" };
    expect([
      await queue.put("x", 0, signal()),
      await queue.update(receipt, "x", 0, signal()),
      await queue.remove(receipt, signal()),
      await queue.receive(1, 1, signal()),
      await queue.count(signal()),
    ]).toEqual(Array(5).fill({ kind: "noQueue" }));
  });

  test("says that a wrong key or account is refused", async () => {
    for (const [name, key] of [
      [accountName, wrongKey],
      ["anotheraccount", accountKey],
    ] as const) {
      const queue = byKey(queueUrl, newName(), name, key);
      expect(await queue.create(signal())).toEqual({ kind: "refused" });
      expect(await queue.put("x", 0, signal())).toEqual({ kind: "refused" });
      expect(await queue.count(signal())).toEqual({ kind: "refused" });
    }
  });

  test("a clock that is an hour off is refused, and the next call has the time of then", async () => {
    const dates: number[] = [];
    const serverTime = Date.now();
    const url = await standIn((request, response) => {
      const date = Date.parse(String(request.headers["x-ms-date"]));
      dates.push(date);
      if (Math.abs(date - serverTime) > 15 * 60_000) {
        response
          .writeHead(403, { ...genuine, "x-ms-error-code": "AuthenticationFailed" })
          .end("<Error><Code>AuthenticationFailed</Code></Error>");
      } else response.writeHead(204, genuine).end();
    });
    const queue = byKey(url, "queue", "account", accountKey);
    const receipt = { messageId: "m", popReceipt: "p" };
    vi.useFakeTimers({ toFake: ["Date"], now: serverTime + 60 * 60_000 });
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "refused" });
    vi.setSystemTime(serverTime);
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "done" });
    expect(Math.round((Number(dates[0]) - Number(dates[1])) / 1_000)).toBe(3_600);
  });

  // The official client knows a host-style address by its name, which no address of this machine has.
  const styles = ["path-style", ...(isApps ? ["host-style"] : [])];
  test.each(styles)("signs calls of a %s address", async (style) => {
    const wrong: string[] = [];
    const url = await standIn((request, response, body) => {
      const expected = `SharedKey account:${signatureOf(request, "account", body)}`;
      if (request.headers.authorization !== expected) wrong.push(String(request.url));
      const list =
        "<QueueMessagesList><QueueMessage><MessageId>m</MessageId><PopReceipt>p</PopReceipt>" +
        "</QueueMessage></QueueMessagesList>";
      const headers = { ...genuine, "content-type": "application/xml", "x-ms-popreceipt": "r" };
      response.writeHead(request.method === "POST" ? 201 : 204, headers);
      response.end(request.method === "POST" ? list : "");
    });
    const address = style === "host-style" ? new URL(url).origin : url;
    const queue = byKey(address, "a-queue", "account", accountKey);
    const receipt = await put(queue, "a text with ü & <", 30);
    expect(receipt).toEqual({ messageId: "m", popReceipt: "p" });
    await queue.update({ messageId: "m", popReceipt: "a+b/c==" }, "ü", 30, signal());
    await queue.update({ messageId: "m", popReceipt: "a+b/c==" }, undefined, 0, signal());
    await queue.remove({ messageId: "m", popReceipt: "a+b/c== &" }, signal());
    await queue.create(signal());
    expect(wrong).toEqual([]);
  });

  const page = "<html><body>Sign in to the guest network</body></html>";
  const xml = { "content-type": "application/xml" };
  const answer = (status: number, headers: Record<string, string>, body = ""): Interference => ({
    ...{ kind: "answer", status, headers, body },
  });
  const foreign: readonly (readonly [what: string, interference: Interference])[] = [
    ["a page with 200", answer(200, { "content-type": "text/html" }, page)],
    ["a page with 201", answer(201, { "content-type": "text/html" }, page)],
    ["a page with the headers of storage", answer(201, { ...genuine, ...xml }, page)],
    ["an empty 201", answer(201, {})],
    ["an empty 201 with the headers of storage", answer(201, genuine)],
    ["an empty list", answer(201, { ...genuine, ...xml }, "<QueueMessagesList/>")],
    [
      "a list with an empty message",
      answer(201, { ...genuine, ...xml }, "<QueueMessagesList><QueueMessage/></QueueMessagesList>"),
    ],
    ["a page with 404", answer(404, { "content-type": "text/html" }, page)],
    ["a page with 400", answer(400, { "content-type": "text/html" }, page)],
    ["a redirection", answer(302, { location: "/elsewhere" })],
    ["407", answer(407, {})],
    ["500", answer(500, {})],
    [
      "503 of storage",
      answer(503, { ...genuine, ...xml, "x-ms-error-code": "ServerBusy" }, "<Error/>"),
    ],
    ["a reset", { kind: "reset" }],
    ["an answer that is cut", { kind: "cut", part: 0.6 }],
    ["an answer that is dropped", { kind: "dropAnswer" }],
  ];

  test.each(foreign)("takes %s for no answer of storage", async (_, interference) => {
    const proxy = await startRecordingProxy();
    closing.push(() => proxy.stop());
    const { origin, pathname } = new URL(queueUrl);
    proxy.forwardTo(origin);
    const queue = byKey(`${proxy.url}${pathname}`, newName(), accountName, accountKey);
    await queue.create(signal());
    proxy.interfere = () => interference;
    expect(await queue.put("x", 0, signal())).toEqual({ kind: "unavailable" });
  });

  test("takes an empty 204 of another server for no removal", async () => {
    let headers: Record<string, string> = {};
    const url = await standIn((_, response) => {
      response.writeHead(204, headers).end();
    });
    const queue = byKey(url, "queue", "account", accountKey);
    const receipt = { messageId: "m", popReceipt: "p" };
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "unavailable" });
    headers = genuine;
    expect(await queue.remove(receipt, signal())).toEqual({ kind: "done" });
  });

  test("tells the reason of a failure by the header, and by the body without one", async () => {
    let headers: Record<string, string> = {};
    let body = "";
    const url = await standIn((_, response) => {
      response.writeHead(404, { ...genuine, ...xml, ...headers }).end(body);
    });
    const queue = byKey(url, "queue", "account", accountKey);
    const receipt = { messageId: "m", popReceipt: "p" };
    const said = () => queue.remove(receipt, signal());
    headers = { "x-ms-error-code": "MessageNotFound" };
    expect(await said()).toEqual({ kind: "gone" });
    body = "<Error><Code>QueueNotFound</Code><Message>x</Message></Error>";
    expect(await said()).toEqual({ kind: "gone" });
    headers = {};
    body = `<?xml version="1.0" encoding="utf-8"?>${body}`;
    // The official client reads it from the header alone.
    expect(await said()).toEqual({ kind: isApps ? "noQueue" : "unavailable" });
  });

  test("rejects if storage says that the request is wrong, without a word of it", async () => {
    const url = await standIn((_, response) => {
      const code = { "x-ms-error-code": "InvalidQueryParameterValue" };
      response.writeHead(400, { ...genuine, ...xml, ...code }).end("<Error/>");
    });
    const queue = byKey(url, "queue", "account", accountKey);
    const receipt = { messageId: "m", popReceipt: "a-secret" };
    await expect(queue.remove(receipt, signal())).rejects.not.toThrow(/a-secret/);
  });

  test("ends with its signal", async () => {
    const url = await standIn(() => {});
    const queue = byKey(url, "queue", "account", accountKey);
    const ending = new AbortController();
    const removed = queue.remove({ messageId: "m", popReceipt: "p" }, ending.signal);
    ending.abort();
    expect(await removed).toEqual({ kind: "unavailable" });
  });

  describe("with tokens", () => {
    let directory: string;
    let url: string;
    const roots = getCACertificates("default");
    /** The tokens that came, and those that storage takes. */
    const came: string[] = [];
    let valid: (token: string) => boolean = () => true;
    let server: ReturnType<typeof createSecureServer>;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "queue-"));
      const { cert, key } = await issueCertificate(directory, []);
      setDefaultCACertificates([...roots, await readFile(authorityIn(directory), "utf8")]);
      server = createSecureServer({ cert, key }, (request, response) => {
        const token = String(request.headers.authorization).replace("Bearer ", "");
        came.push(token);
        const status = valid(token) ? 204 : 401;
        response.writeHead(status, { ...genuine, "www-authenticate": challenge }).end();
      });
      url = `${await listen(server, 0)}/account`.replace("http:", "https:");
    });
    afterAll(async () => {
      server.closeAllConnections();
      server.close();
      setDefaultCACertificates(roots);
      await rm(directory, { recursive: true });
    });
    afterEach(() => {
      came.splice(0);
      valid = () => true;
    });

    const receipt = { messageId: "m", popReceipt: "p" };
    const challenge =
      "Bearer authorization_uri=https://login.microsoftonline.com/tenant/oauth2/authorize " +
      "resource_id=https://storage.azure.com";

    test("fetches one token for many calls, and renews it before its end", async () => {
      let given = 0;
      const tokens = {
        getToken: async () => ({
          token: `token-${++given}`,
          expiresOnTimestamp: Date.now() + 60 * 60_000,
        }),
      };
      vi.useFakeTimers({ toFake: ["Date"] });
      const queue = byTokens(url, "queue", tokens);
      const removals = Array.from({ length: 5 }, () => queue.remove(receipt, signal()));
      expect(await Promise.all(removals)).toEqual(Array(5).fill({ kind: "done" }));
      expect([given, new Set(came)]).toEqual([1, new Set(["token-1"])]);
      vi.setSystemTime(Date.now() + 61 * 60_000);
      expect(await queue.remove(receipt, signal())).toEqual({ kind: "done" });
      expect(came.at(-1)).toBe("token-2");
    });

    test("never sends a token over plain http", async () => {
      const plain = await standIn((request, response) => {
        came.push(String(request.headers.authorization));
        response.writeHead(204, genuine).end();
      });
      const tokens = { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() * 2 }) };
      const removal = async () => byTokens(plain, "queue", tokens).remove(receipt, signal());
      expect(await removal().catch(() => ({ kind: "unavailable" }))).toEqual({
        kind: "unavailable",
      });
      expect(came).toEqual([]);
    });

    test("a token that storage refuses is no reason to go on asking", async () => {
      valid = () => false;
      const tokens = { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() * 2 }) };
      const queue = byTokens(url, "queue", tokens);
      expect(await queue.remove(receipt, signal())).toEqual({ kind: "refused" });
      expect(came.length).toBeLessThanOrEqual(2);
    });

    test.runIf(isApps)("renews a token once that storage refuses before its end", async () => {
      let given = 0;
      const tokens = {
        getToken: async () => ({
          token: `token-${++given}`,
          expiresOnTimestamp: Date.now() + 60 * 60_000,
        }),
      };
      const queue = byTokens(url, "queue", tokens);
      valid = (token) => token !== "token-1";
      const removals = Array.from({ length: 5 }, () => queue.remove(receipt, signal()));
      expect(await Promise.all(removals)).toEqual(Array(5).fill({ kind: "done" }));
      expect(given).toBe(2);
    });
  });
});

/** Signs a request as https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key says, step by step. */
function signatureOf(request: IncomingMessage, name: string, body: string): string {
  const { method = "", headers } = request;
  const url = new URL(request.url ?? "", "http://host");
  const header = (one: string) => String(headers[one] ?? "");
  const length = Buffer.byteLength(body);
  const standard = [
    method,
    header("content-encoding"),
    header("content-language"),
    length === 0 ? "" : String(length),
    header("content-md5"),
    header("content-type"),
    header("date"),
    header("if-modified-since"),
    header("if-match"),
    header("if-none-match"),
    header("if-unmodified-since"),
    header("range"),
  ];
  const own = Object.keys(headers)
    .filter((one) => one.startsWith("x-ms-"))
    .toSorted()
    .map((one) => `${one}:${header(one)}`);
  const query = [...url.searchParams]
    .map(([one, value]) => `${one.toLowerCase()}:${value}`)
    .toSorted();
  const resource = [`/${name}${url.pathname}`, ...query];
  const text = [...standard, ...own, ...resource].join("\n");
  return createHmac("sha256", Buffer.from(accountKey, "base64")).update(text).digest("base64");
}

test("a call to a stand-in that never began leaves nothing behind", async () => {
  const proxy = await startRecordingProxy();
  proxy.forwardTo(new URL(queueUrl).origin);
  const queue = createQueueClient(`${proxy.url}/a`, "queue", {
    ...{ kind: "key", account: accountName, key: accountKey },
  });
  expect(await queue.count(AbortSignal.abort())).toEqual({ kind: "unavailable" });
  await proxy.stop();
  await until("no request", () => proxy.requests.length === 0);
});
