import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import {
  androidPhone,
  deliveriesSoFar,
  iPhone,
  register,
  sendMessage,
  setFaults,
  signIn,
  stateOf,
  windowsDevice,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost } from "../support/hosts.ts";
import { queueLength } from "../support/queues.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

// The stack starts no host of its own, because that would deliver what the victims leave undelivered.
const stack = useTestStack(async () => ({}), false);

/** Starts a host that the test kills. A message that it held becomes visible again after 4 seconds. */
const startVictim = () => startTestHost(stack(), { queueHold: 4 });

/** The key by which a repeat replaces the earlier copy, of whatever platform. */
const keyIn = ({ headers, body }: { headers: Record<string, string>; body: string }) =>
  headers["apns-collapse-id"] ?? headers["x-wns-tag"] ?? /"tag":"(\w+)"/.exec(body)?.[1];

test("each message is shown by exactly its audience, through kills of the host and outages of the hub", async () => {
  let victim = await startVictim();
  const readers = [
    { device: iPhone(), topics: ["world"] },
    { device: androidPhone(), topics: ["world", "sports"] },
    { device: windowsDevice(), topics: ["politics", "sports", "world"] },
    { device: androidPhone(), topics: [] },
  ];
  for (const [index, { device, topics }] of readers.entries()) {
    const token = await signIn(stack(), `reader-${index}`);
    const body = { ...device.body, topics };
    const answer = await register(victim.stack, token, { ...device, body });
    expect(answer.status).toBe(200);
  }
  const audiences = [
    { topic: "world" },
    { topic: "politics" },
    { topic: "sports" },
    { user: "local:reader-3" },
    { everyone: true },
  ];
  const isFor = (audience: object, index: number) =>
    "topic" in audience
      ? readers[index]?.topics.includes(String(audience.topic))
      : !("user" in audience) || audience.user === `local:reader-${index}`;

  const accepted = new Map<string, object>();
  let killing = true;
  const backends = [0, 1, 2].map(async (backend) => {
    for (let number = 0; killing; number++) {
      const to = audiences[randomInt(audiences.length)] ?? {};
      const message = { id: `m-${backend}-${number}`, to, title: "t" };
      // A backend that gets no answer repeats its message.
      for (let tries = 0; tries < 2_000; tries++) {
        const answer = await sendMessage(victim.stack, { ...message, text: message.id }).catch(
          () => undefined,
        );
        if (answer?.status === 202) {
          accepted.set(message.id, to);
          // Without a pause, three backends would keep both cores busy.
          await new Promise((resolve) => setTimeout(resolve, 10));
          break;
        }
        expect([undefined, 503]).toContain(answer?.status);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });
  for (let kills = 0; kills < count(2, 50); kills++) {
    const before = accepted.size;
    await until("a message", () => accepted.size > before + randomInt(10));
    await victim.stop("SIGKILL");
    // Every second time, the hub is down when the next host starts.
    if (kills % 2 === 0) await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
    else await setFaults(stack());
    victim = await startVictim();
  }
  killing = false;
  await Promise.all(backends);
  await setFaults(stack());
  const ids = [...accepted.keys()];
  // One after the other: the host answers no more than 200 requests at once.
  for (const id of ids) {
    await until(`${id} to be done`, async () => (await stateOf(victim.stack, id)) === "done");
  }
  await victim.stop();

  const all = await deliveriesSoFar(stack());
  for (const [index, { device }] of readers.entries()) {
    const shown = all.filter(({ handle }) => handle === device.handle);
    const texts = shown.map(({ body }) => /m-\d+-\d+/.exec(body)?.[0] ?? "");
    const expected = ids.filter((id) => isFor(accepted.get(id) ?? {}, index));
    expect([...new Set(texts)].toSorted()).toEqual(expected.toSorted());
    // A repeat has the key of the first, and no two messages share one.
    const keys = new Set(shown.map((one, at) => `${texts[at]} ${keyIn(one)}`));
    expect(keys.size).toBe(expected.length);
    expect(new Set(shown.map(keyIn)).size).toBe(expected.length);
  }
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  expect(ids.length).toBeGreaterThan(0);
}, 600_000);
