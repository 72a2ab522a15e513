import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { createForgetRows } from "../src/rows/forgetRows.ts";
import type { RowTable, StoredRow } from "../src/rows/rowTable.ts";
import {
  androidPhone,
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  signIn,
  stateOf,
} from "./support/client.ts";
import { count } from "./support/counts.ts";
import { startTestHost } from "./support/hosts.ts";
import { heldRegistrations, tagOf } from "./support/hubState.ts";
import { poisonOf, queueLength } from "./support/queues.ts";
import { itemRows } from "./support/rows.ts";
import { type TestStack, useTestStack } from "./support/testStack.ts";
import { partitionOf, seed } from "./support/todoItems.ts";
import { until } from "./support/until.ts";

const stack = useTestStack(async () => ({}), false);

const rowsOf = async (user: string) =>
  (await itemRows(stack())).filter(({ partitionKey }) => partitionKey === partitionOf(user));
const devicesOf = async (user: string) =>
  (await heldRegistrations(stack())).filter(({ tags }) => tags.includes(tagOf(user)));

/** Calls until there is nothing more, as an app does, also when the host is killed. */
async function forget(hostNow: () => TestStack, token: string): Promise<number> {
  const headers = { "x-zumo-auth": token };
  for (let calls = 1; ; calls++) {
    const answer = await send(hostNow(), "DELETE", "/api/me", { headers }).catch(() => undefined);
    if (answer?.status === 204) return calls;
    expect([undefined, 202, 503]).toContain(answer?.status);
    if (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const itemsOf = (many: number) =>
  Array.from({ length: many }, (_, index) => {
    const now = new Date(Date.now() - 60_000).toISOString();
    return { id: `item-${index}`, text: "x", complete: false, createdAt: now, updatedAt: now };
  });

test("nothing of a user is left, whatever is killed meanwhile, and everything of the others", async () => {
  let host = await startTestHost(stack());
  const [alice, bob] = [await signIn(stack(), "alice"), await signIn(stack(), "bob")];
  await register(host.stack, bob, iPhone());
  await seed(stack().addresses.storage, "bob", itemsOf(20));
  const phone = androidPhone();
  for (let round = 0; round < count(2, 50); round++) {
    for (const device of [phone, iPhone(), iPhone()]) await register(host.stack, alice, device);
    await seed(stack().addresses.storage, "alice", itemsOf(count(100, 300))).catch(() => undefined);
    const forgetting = forget(() => host.stack, alice);
    const text = `meanwhile ${round}`;
    const inserted = insert(host.stack, alice, { id: `meanwhile-${round}`, text }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, randomInt(150)));
    await host.stop("SIGKILL");
    host = await startTestHost(stack());
    await Promise.all([forgetting, inserted]);
    await forget(() => host.stack, alice);
    expect(await rowsOf("alice")).toEqual([]);
    expect(await devicesOf("alice")).toEqual([]);
  }
  expect(await rowsOf("bob")).toHaveLength(20);
  expect(await devicesOf("bob")).toHaveLength(1);
  await host.stop();
}, 600_000);

test("an insert meanwhile is there and announced, or gone", async () => {
  const host = await startTestHost(stack());
  const carol = await signIn(stack(), "carol");
  await seed(stack().addresses.storage, "carol", itemsOf(300));
  const forgetting = forget(() => host.stack, carol);
  const inserts = Array.from({ length: 20 }, (_, index) =>
    insert(host.stack, carol, { id: `during-${index}`, text: "x" }),
  );
  await Promise.all([forgetting, ...inserts]);
  const left = (await rowsOf("carol")).map(({ rowKey }) => rowKey);
  for (const id of left) {
    await until(`the announcement of ${id}`, () =>
      host.stack.log().includes(`"outcome":"accepted","itemId":"${id}"`),
    );
  }
  await forget(() => host.stack, carol);
  expect(await rowsOf("carol")).toEqual([]);
  await host.stop();
});

test("what this process sends to the user is waited for", async () => {
  const settings = { Delivery__retrySeconds: "15" };
  const host = await startTestHost(stack(), { settings });
  const token = await signIn(stack(), "kate");
  await register(host.stack, token, iPhone());
  await setFaults(stack(), { match: { path: "/messages" }, delayMs: 1_500 });
  await insert(host.stack, token, { id: "of-kate", text: "x" });
  await forget(() => host.stack, token);
  expect(host.stack.log()).toContain('"outcome":"accepted","itemId":"of-kate"');
  await setFaults(stack());
  await host.stop();
});

test("what waits on the queue ends at its next look, and announces nothing", async () => {
  const host = await startTestHost(stack());
  const token = await signIn(stack(), "erin");
  const phone = iPhone();
  await register(host.stack, token, phone);
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  await insert(host.stack, token, { id: "waits", text: "waits" });
  const failed = '"outcome":"retry","itemId":"waits"';
  await until("sends that fail", () => host.stack.log().includes(failed));
  const before = await queueLength(stack(), "notifications");
  expect(before).toBeGreaterThan(0);
  await forget(() => host.stack, token);
  await setFaults(stack());
  // An intent without a row stays for its grace period of 45 s. A short run does not wait for it.
  if (count(0, 1) === 1) {
    const dropped = '"outcome":"dropped","itemId":"waits"';
    await until("its end", () => host.stack.log().includes(dropped), 180_000);
  }
  expect(await deliveriesSoFar(stack(), phone.handle)).toEqual([]);
  await host.stop();
});

test("the poison queue keeps nothing of the user, and everything of the others", async () => {
  const host = await startTestHost(stack());
  const [frank, gina] = [await signIn(stack(), "frank"), await signIn(stack(), "gina")];
  for (const token of [frank, gina]) await register(host.stack, token, iPhone());
  await setFaults(stack(), { match: { path: "/messages" }, status: 400 });
  for (const [token, text] of [
    [frank, "secret of frank"],
    [gina, "secret of gina"],
  ] as const) {
    await insert(host.stack, token, { text });
  }
  const to = { user: "local:frank" };
  await sendMessage(host.stack, { to, title: "secret of frank", text: "to frank" });
  // A backend may give any id: this one is the user's digest, which is also the name of the user's partition.
  const id = partitionOf("frank");
  await sendMessage(host.stack, { id, to: { everyone: true }, title: "t", text: "to everyone" });
  await until("the poison", async () => (await poisonOf(stack())).length >= 4);
  await setFaults(stack());
  await forget(() => host.stack, frank);
  const left = await poisonOf(stack());
  expect(left.filter((text) => text.includes("frank"))).toEqual([]);
  expect(left.filter((text) => text.includes("secret of gina"))).toHaveLength(1);
  expect(left.filter((text) => text.includes("to everyone"))).toHaveLength(1);
  await host.stop();
});

test("a message that waits is dropped, also if the user signs up again, and leaves no text", async () => {
  const host = await startTestHost(stack());
  const token = await signIn(stack(), "henry");
  await register(host.stack, token, iPhone());
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  const message = { to: { user: "local:henry" }, title: "t", text: "for the old henry" };
  await sendMessage(host.stack, { ...message, id: "for-old-henry" });
  await forget(() => host.stack, token);
  const phone = iPhone();
  await register(host.stack, token, phone);
  await setFaults(stack());
  await until(
    "the end of the message",
    async () => (await stateOf(host.stack, "for-old-henry")) !== "accepted",
  );
  expect(await stateOf(host.stack, "for-old-henry")).toBe("givenUp");
  expect(await deliveriesSoFar(stack(), phone.handle)).toEqual([]);
  expect((await poisonOf(stack())).filter((text) => text.includes("old henry"))).toEqual([]);

  await sendMessage(host.stack, { ...message, text: "for the new henry" });
  await until("the new message", async () =>
    (await deliveriesSoFar(stack(), phone.handle)).some(({ body }) => body.includes("new henry")),
  );
  await host.stop();
});

test("a device that registers meanwhile is not registered, or was registered afterwards", async () => {
  const host = await startTestHost(stack());
  const token = await signIn(stack(), "iris");
  await seed(stack().addresses.storage, "iris", itemsOf(300));
  for (let round = 0; round < count(3, 40); round++) {
    let isForgotten = false;
    const forgetting = forget(() => host.stack, token).then(() => {
      isForgotten = true;
    });
    const kept: string[] = [];
    const statuses = new Set<number>();
    const registrations: Promise<void>[] = [];
    while (!isForgotten) {
      const phone = iPhone();
      registrations.push(
        register(host.stack, token, phone).then(({ status, body }) => {
          statuses.add(status);
          if (status === 200) kept.push(`${Object(body).registrationId}`);
        }),
      );
      await registrations.at(-1);
    }
    await Promise.all([forgetting, ...registrations]);
    const left = (await devicesOf("iris")).map(({ registrationId }) => registrationId);
    expect(statuses).toContain(409);
    // One request is under way while the last mark is written. It counts as a later one if it first looks after it.
    expect(left.length).toBeLessThanOrEqual(1);
    expect(left.filter((id) => !kept.includes(id))).toEqual([]);
    await seed(stack().addresses.storage, "iris", itemsOf(100)).catch(() => undefined);
  }
  await host.stop();
});

test("more items than fit in the time are deleted by further calls", async () => {
  const rows = new Map<string, StoredRow>();
  const add = (id: string, createdAt: string) => {
    const times = { createdAt, writtenAt: createdAt, updatedAt: createdAt };
    const columns = { members: {}, contentDigest: "", intentId: "" };
    rows.set(id, { id, ...times, ...columns, version: "1" });
  };
  const old = new Date(Date.now() - 1_000).toISOString();
  for (let index = 0; index < 1_000; index++) add(String(index).padStart(4, "0"), old);
  add("new", new Date(Date.now() + 30_000).toISOString());
  add("odd-future", "2099-01-01T00:00:00.000Z");
  add("odd-time", "yesterday");
  let marks = Array.from({ length: 250 }, (_, index) => ({
    ...{ id: `gone-${index}`, updatedAt: "2026-01-01T00:00:00.0000000Z", version: "1" },
  }));
  const no = () => Promise.reject(new Error("It is not to be called."));
  const table: RowTable = {
    insert: no,
    get: no,
    update: no,
    async list(_, { after = "", limit }) {
      const some = [...rows.values()].filter(({ id }) => id > after).slice(0, limit + 1);
      const page = some.slice(0, limit);
      const [last, more] = [page.at(-1)?.id, some.length > limit];
      // The app's own deletions are forgotten too, whether they have ended or not.
      const isBegun = ({ id }: StoredRow) => id.endsWith("7");
      const deleted = page.filter(isBegun);
      return { kind: "page", rows: page.filter((row) => !isBegun(row)), deleted, more, last };
    },
    delete: no,
    async remove(_, id) {
      return rows.delete(id) ? { kind: "deleted" } : { kind: "absent" };
    },
    async listDeleted(_, { limit }) {
      return { kind: "page", rows: marks.slice(0, limit), more: marks.length > limit };
    },
    async removeMarks(_, removed) {
      marks = marks.filter((mark) => !removed.includes(mark));
      return { kind: "done" };
    },
  };
  const forgetRows = createForgetRows(table);
  expect(await forgetRows("p", Date.now(), 0)).toEqual({ kind: "more" });
  expect(rows.size).toBe(903);
  // What was inserted since stays, for the next call. A time that cannot be so does not keep an item.
  expect(await forgetRows("p", Date.now(), Date.now() + 60_000)).toEqual({ kind: "more" });
  expect([...rows.keys()]).toEqual(["new"]);
  expect(await forgetRows("p", Date.now() + 31_000, Date.now() + 60_000)).toEqual({
    kind: "done",
  });
  expect(rows.size).toBe(0);
  expect(marks).toEqual([]);
  // The mark of a deletion that is under way may come behind this.
  add("begun-7", old);
  expect(await forgetRows("p", Date.now(), Date.now() + 60_000)).toEqual({ kind: "more" });
  expect(await forgetRows("p", Date.now(), Date.now() + 60_000)).toEqual({ kind: "done" });
});
