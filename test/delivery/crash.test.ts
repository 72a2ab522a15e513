import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import {
  deliveriesSoFar,
  iPhone,
  register,
  send,
  signIn,
  type TestDevice,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost } from "../support/hosts.ts";
import { queueLength } from "../support/queues.ts";
import { itemRows } from "../support/rows.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

// The stack starts no host of its own, because that would deliver what the victims leave undelivered.
const stack = useTestStack(async () => ({}), false);

/** Starts a host that the test kills. A message that it held becomes visible again after 4 seconds. */
const startVictim = () => startTestHost(stack(), { queueHold: 4 });

test("a host that is killed at random moments loses no item and no announcement", async () => {
  let victim = await startVictim();
  const phones: TestDevice[] = [];
  const tokens: string[] = [];
  for (const user of ["alice", "bob", "carol", "dave"]) {
    const phone = iPhone();
    const token = await signIn(stack(), user);
    await register(victim.stack, token, phone);
    phones.push(phone);
    tokens.push(token);
  }

  const answered = new Set<string>();
  let killing = true;
  const clients = tokens.map(async (token, client) => {
    for (let index = 0; killing; index++) {
      const text = `${client}-${index}.`;
      const answer = await send(victim.stack, "POST", "/tables/TodoItem", {
        headers: { "x-zumo-auth": token },
        body: { text },
      }).catch(() => undefined);
      if (answer?.status === 201) answered.add(text);
      // No host responds between a kill and the next start.
      if (!answer) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  for (let kills = 0; kills < count(2, 200); kills++) {
    const before = answered.size;
    const most = before + randomInt(count(20, 120));
    await until("some inserts", () => answered.size > most);
    await victim.stop("SIGKILL");
    victim = await startVictim();
  }
  killing = false;
  await Promise.all(clients);
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
  await victim.stop();

  const stored = new Set((await itemRows(stack())).map(({ text }) => text));
  const shown = new Set(
    (await deliveriesSoFar(stack())).map(({ body }) => JSON.parse(body).aps.alert),
  );
  expect([...answered].filter((text) => !stored.has(text))).toEqual([]);
  expect([...stored].filter((text) => !shown.has(text))).toEqual([]);
  expect([...shown].filter((text) => !stored.has(text))).toEqual([]);
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  expect(answered.size).toBeGreaterThan(0);
  // What was sent, and whose intent was not removed yet when its host was killed, is sent again. A short run has too few.
  const all = (await deliveriesSoFar(stack())).length;
  if (count(0, 1) === 1) expect((all - shown.size) / shown.size).toBeLessThan(0.03);
}, 1_800_000);
