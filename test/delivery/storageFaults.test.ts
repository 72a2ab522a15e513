import { afterAll, expect, test } from "vitest";
import { deliveriesSoFar, insert, iPhone, register, signIn } from "../support/client.ts";
import { count } from "../support/counts.ts";
import { queueLength } from "../support/queues.ts";
import type { Interference, RecordedRequest, RecordingProxy } from "../support/recordingProxy.ts";
import { itemRows } from "../support/rows.ts";
import { type StorageProxies, startStorageProxies } from "../support/storageProxies.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  return { AzureWebJobsStorage: proxies.connectionString, Delivery__retrySeconds: "1" };
});
afterAll(() => proxies.stop());

/** The steps of an insert, each with the request that it makes. */
const steps: Record<
  string,
  { proxy: () => RecordingProxy; matches: (one: RecordedRequest) => boolean }
> = {
  "putting the intent": {
    proxy: () => proxies.queues,
    matches: ({ method, url }) => method === "POST" && url.includes("/notifications/messages"),
  },
  "inserting the row": {
    proxy: () => proxies.tables,
    matches: ({ method, url }) => method === "POST" && url.includes("/TodoItem"),
  },
  "deleting the intent": {
    proxy: () => proxies.queues,
    matches: ({ method, url }) => method === "DELETE" && url.includes("/notifications/messages/"),
  },
};

const interferences: Record<string, Interference> = {
  "drops the response after the work": { kind: "dropAnswer" },
  "is reset": { kind: "reset" },
  "returns 503": { kind: "status", status: 503 },
  "is slow": { kind: "delay", milliseconds: 2_500 },
  "is slower than the call's deadline": { kind: "delay", milliseconds: 5_500 },
};

/** The steps of redelivery alone, each with the request that it makes. */
const later: Record<string, (one: RecordedRequest) => boolean> = {
  "reading the row": ({ method, url }) => method === "GET" && url.includes("TodoItem("),
  "postponing a message": ({ method, url }) => method === "PUT" && url.includes("/messages/"),
};

const short = new Set(["drops the response after the work", "is slow"]);
const tried = Object.entries(interferences).filter(([what]) => count(0, 1) || short.has(what));

test("whichever step fails, exactly the items in the table are announced", async () => {
  const token = await signIn(stack(), "bob");
  const phone = iPhone();
  await register(stack(), token, phone);
  const answers = new Map<string, number>();

  for (const [step, { proxy, matches }] of Object.entries(steps)) {
    for (const [what, interference] of tried) {
      let left = 1;
      proxy().interfere = (one) => (matches(one) && left-- > 0 ? interference : undefined);
      const text = `${step} ${what}.`;
      const answer = await insert(stack(), token, { text });
      proxy().interfere = undefined;
      expect([201, 503]).toContain(answer.status);
      if (answer.status === 503) expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
      answers.set(text, answer.status);
    }
  }
  // Each step of redelivery fails too, once in each way.
  const faults = Object.values(later).flatMap((matches) =>
    tried.map(([, interference]) => ({ matches, interference })),
  );
  for (const proxy of [proxies.queues, proxies.tables]) {
    proxy.interfere = (one) => {
      const index = faults.findIndex(({ matches }) => matches(one));
      return index < 0 ? undefined : faults.splice(index, 1)[0]?.interference;
    };
  }
  await until("the notification of every stored item", async () => {
    const shown = new Set(
      (await deliveriesSoFar(stack())).map(({ body }) => JSON.parse(body).aps.alert),
    );
    return (await itemRows(stack())).every(({ text }) => shown.has(text));
  });
  // An intent whose row was never written stays for its grace period of 45 s. A short run does not wait for it.
  if (count(0, 1) === 1) {
    await until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0);
  }

  const stored = new Set((await itemRows(stack())).map(({ text }) => text));
  const shown = await deliveriesSoFar(stack(), phone.handle);
  for (const [text, status] of answers) {
    const copies = shown.filter(({ body }) => JSON.parse(body).aps.alert === text);
    expect([text, copies.length > 0]).toEqual([text, stored.has(text)]);
    expect(
      new Set(copies.map(({ headers }) => headers["apns-collapse-id"])).size,
    ).toBeLessThanOrEqual(1);
    if (status === 201) expect([text, stored.has(text)]).toEqual([text, true]);
  }
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
}, 180_000);
