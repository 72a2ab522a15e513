import { type Answer, exchange } from "../http/httpClient.ts";
import type { AccessTokens } from "./accessToken.ts";
import { createSignature } from "./accountKey.ts";
import { type StorageFailure, storageFailure } from "./failure.ts";
import type { MessageReceipt, Queue } from "./queue.ts";
import {
  messagesIn,
  type Outcome,
  ofMessage,
  ofQueue,
  receiptIn,
  resultOf,
  type Success,
} from "./queueAnswer.ts";
import { messageXml } from "./queueXml.ts";

const unavailable = { kind: "unavailable" } as const;

/**
 * The version of the protocol: https://learn.microsoft.com/rest/api/storageservices/queue-service-rest-api. Since
 * 2017-07-29, messages need not expire.
 */
const protocolVersion = "2021-12-02";

/** What the address of a call has behind its path: names in lower case, in their order. */
type Query = readonly (readonly [name: string, value: string])[];

/** What a caller proves its rights with. */
export type QueueAccess = AccountKey | { readonly kind: "tokens"; readonly tokens: AccessTokens };

interface AccountKey {
  readonly kind: "key";
  readonly account: string;
  /** In base64. */
  readonly key: string;
}

interface Call {
  readonly method: string;
  /** The path of the address, with the queue. */
  readonly path: string;
  readonly query: Query;
  readonly body: string | undefined;
}

/** Returns the header that proves the caller's rights to a call. */
type Authorize = (call: Call, date: string) => string;

type Send = (call: Call, abortSignal: AbortSignal) => Promise<Answer>;

/**
 * Speaks with a queue over the app's own HTTP client. The official client, which tests and programs for operators use,
 * takes five times the processor time.
 *
 * @param url of the account's queues, without a slash at its end: host-style, or path-style with the account in its path
 * @throws an Error if tokens would be sent over plain http
 */
export function createQueueClient(url: string, name: string, access: QueueAccess): Queue {
  const { origin, pathname, protocol } = new URL(`${url}/${name}`);
  if (access.kind === "tokens" && protocol !== "https:") {
    throw new Error("Tokens are sent over https alone.");
  }
  const send = access.kind === "key" ? withKey(access) : withTokens(access.tokens);

  /** Makes a call in one try, and in a second one if storage refuses the token. */
  async function call(
    method: string,
    path: string,
    query: Query,
    body: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<Success | Outcome | StorageFailure> {
    const one = { method, path: `${pathname}${path}`, query, body };
    try {
      return resultOf(await send(one, abortSignal));
    } catch (error) {
      return storageFailure(error);
    }
  }

  function withKey({ account, key }: AccountKey): Send {
    const authorize = createSharedKey(account, key);
    return (one, abortSignal) => attempt(one, authorize, abortSignal);
  }

  function withTokens(tokens: AccessTokens): Send {
    return async (one, abortSignal) => {
      const token = await tokens.get(abortSignal);
      const answer = await attempt(one, () => `Bearer ${token}`, abortSignal);
      if (answer.status !== 401) return answer;
      const other = await tokens.instead(token, abortSignal);
      return other === token ? answer : attempt(one, () => `Bearer ${other}`, abortSignal);
    };
  }

  function attempt(one: Call, authorized: Authorize, abortSignal: AbortSignal): Promise<Answer> {
    const { method, path, query, body } = one;
    const date = new Date().toUTCString();
    const headers: [string, string][] = [
      ["x-ms-date", date],
      ["x-ms-version", protocolVersion],
      ["authorization", authorized(one, date)],
    ];
    if (body !== undefined) headers.push(["content-type", contentType]);
    const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = `${origin}${path}${search.length === 0 ? "" : `?${search.join("&")}`}`;
    return exchange({ url, method, headers, body, abortSignal });
  }

  return {
    async put(text, delay, abortSignal) {
      // -1: the message never expires. By default, a message expires after seven days.
      const query = [["messagettl", "-1"], hiddenFor(delay)] as const;
      const put = await call("POST", "/messages", query, messageXml(text), abortSignal);
      if (put.kind !== "success") return ofQueue(put);
      const receipt = receiptIn(put);
      return receipt ? { kind: "done", receipt } : unavailable;
    },
    async update(receipt, text, delay, abortSignal) {
      const query = [popReceiptOf(receipt), hiddenFor(delay)];
      const body = text === undefined ? undefined : messageXml(text);
      const updated = await call("PUT", pathOf(receipt), query, body, abortSignal);
      if (updated.kind !== "success") return ofMessage(updated);
      const popReceipt = updated.headers["x-ms-popreceipt"];
      return popReceipt
        ? { kind: "done", receipt: { messageId: receipt.messageId, popReceipt } }
        : unavailable;
    },
    async remove(receipt, abortSignal) {
      const query = [popReceiptOf(receipt)];
      const removed = await call("DELETE", pathOf(receipt), query, undefined, abortSignal);
      return removed.kind === "success" ? { kind: "done" } : ofMessage(removed);
    },
    async create(abortSignal) {
      const created = await call("PUT", "", [], undefined, abortSignal);
      if (created.kind === "success" || created.kind === "exists") return { kind: "done" };
      return created.kind === "refused" ? created : unavailable;
    },
    async receive(most, delay, abortSignal) {
      const query = [["numofmessages", String(most)], hiddenFor(delay)] as const;
      const received = await call("GET", "/messages", query, undefined, abortSignal);
      if (received.kind !== "success") return ofQueue(received);
      const messages = messagesIn(received);
      return messages ? { kind: "done", messages } : unavailable;
    },
    async count(abortSignal) {
      const counted = await call("GET", "", [["comp", "metadata"]], undefined, abortSignal);
      if (counted.kind !== "success") return ofQueue(counted);
      const count = counted.headers["x-ms-approximate-messages-count"] ?? "";
      const date = new Date(counted.headers["date"] ?? "");
      return /^\d+$/.test(count) && !Number.isNaN(date.getTime())
        ? { kind: "done", count: Number(count), date }
        : unavailable;
    },
  };
}

const contentType = "application/xml";

const pathOf = ({ messageId }: MessageReceipt) => `/messages/${encodeURIComponent(messageId)}`;
const popReceiptOf = ({ popReceipt }: MessageReceipt) => ["popreceipt", popReceipt] as const;
const hiddenFor = (delay: number) => ["visibilitytimeout", String(delay)] as const;

/** Authorizes calls with an account key. Of a path-style address, the signed resource names the account twice. */
function createSharedKey(account: string, accountKey: string): Authorize {
  const signatureOf = createSignature(accountKey);
  return ({ method, path, query, body }, date) => {
    const [length, type] =
      body === undefined ? ["", ""] : [String(Buffer.byteLength(body)), contentType];
    const resource = query.reduce((text, [name, value]) => `${text}\n${name}:${value}`, path);
    // Between length and type, the digest of the body; after the type, a date, conditions and a range: none is sent.
    const signed =
      `${method}\n\n\n${length}\n\n${type}\n\n\n\n\n\n\n` +
      `x-ms-date:${date}\nx-ms-version:${protocolVersion}\n/${account}${resource}`;
    return `SharedKey ${account}:${signatureOf(signed)}`;
  };
}
