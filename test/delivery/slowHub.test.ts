import { afterEach, describe, expect, test } from "vitest";
import {
  deliveries,
  insert,
  iPhone,
  register,
  sendMessage,
  setFaults,
  signIn,
  stateOf,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { queueLength } from "../support/queues.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

/* A hub that works, and takes its time. Answers do not wait for it, so that it is no special case. */

const stack = useTestStack(async () => ({}), false);
afterEach(() => setFaults(stack()));

const startHost = () => startTestHost(stack(), { settings: { Delivery__retrySeconds: "15" } });

/** Delays every send of the hub. */
const delaySends = (delayMs: number) =>
  setFaults(stack(), { match: { path: "/messages" }, delayMs });

const outcomes = (host: TestHost, outcome: string) =>
  host.stack.log().match(new RegExp(`"outcome":"${outcome}"`, "g"))?.length ?? 0;

const slownesses = [
  [0, 20],
  [500, 20],
  [2_000, 20],
  [8_000, 5],
] as const;

/** A short run takes one that is slower than what an insert once waited for. */
const tried = slownesses.filter(([delay]) => count(0, 1) === 1 || delay === 2_000);

describe.each(tried)("a hub that takes %i ms, at %i inserts a second", (delay, perSecond) => {
  test("delivers every item once, at the first attempt, and opens no breaker", async () => {
    const host = await startHost();
    const token = await signIn(stack(), `user of ${delay}`);
    const phone = iPhone();
    await register(host.stack, token, phone);
    await delaySends(delay);
    const texts: string[] = [];
    const answers: Promise<number>[] = [];
    const began = performance.now();
    for (let index = 0; index < count(2, 20) * perSecond; index++) {
      const due = began + (index * 1_000) / perSecond;
      await until("the time of the next insert", () => performance.now() >= due);
      const text = `item ${index} of ${delay}.`;
      texts.push(text);
      answers.push(insert(host.stack, token, { text }).then(({ status }) => status));
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set([201]));
    // The answers came although the sends have not ended.
    if (delay === 8_000) expect(outcomes(host, "accepted")).toBeLessThan(texts.length);
    const arrived = (await deliveries(stack(), phone.handle)).map(
      ({ body }) => JSON.parse(body).aps.alert,
    );
    await host.stop();
    expect(arrived.toSorted()).toEqual(texts.toSorted());
    // Each line is of the sends of an insert, and not of a redelivery.
    expect(outcomes(host, "accepted")).toBe(texts.length);
    expect(host.stack.log().match(/"invocationId":"[\w-]+","level":"info"/g)).toHaveLength(
      texts.length,
    );
    for (const bad of ["retry", "overflowed", "circuit-open", "postponed"]) {
      expect(outcomes(host, bad)).toBe(0);
    }
  }, 180_000);
});

test("what is beyond the sends that a process may have under way is redelivered, and nothing twice", async () => {
  const host = await startHost();
  const token = await signIn(stack(), "flood");
  const phone = iPhone();
  await register(host.stack, token, phone);
  await delaySends(2_000);
  const texts = Array.from({ length: count(95, 450) }, (_, index) => `flood ${index}.`);
  // The host takes no more than 200 requests at once.
  for (let first = 0; first < texts.length; first += 150) {
    const some = texts.slice(first, first + 150);
    const answers = await Promise.all(some.map((text) => insert(host.stack, token, { text })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  }
  await until("an overflow", () => outcomes(host, "overflowed") > 0);
  const arrived = (await deliveries(stack(), phone.handle)).map(
    ({ body }) => JSON.parse(body).aps.alert,
  );
  expect(arrived.toSorted()).toEqual(texts.toSorted());
  expect(outcomes(host, "circuit-open")).toBe(0);
  expect(outcomes(host, "retry")).toBe(0);
  await host.stop();
}, 300_000);

test("a stop while sends are under way repeats none, if the hub answers within 3 s", async () => {
  let host = await startHost();
  const token = await signIn(stack(), "stopped");
  const phone = iPhone();
  await register(host.stack, token, phone);
  await delaySends(2_500);
  const texts = Array.from({ length: 20 }, (_, index) => `stopped ${index}.`);
  for (const text of texts) {
    expect(await insert(host.stack, token, { text })).toMatchObject({ status: 201 });
  }
  const message = {
    id: "at-the-end",
    to: { user: "local:stopped" },
    title: "t",
    text: "at the end.",
  };
  expect(await sendMessage(host.stack, message)).toMatchObject({ status: 202 });
  await host.stop();
  expect(outcomes(host, "accepted")).toBe(texts.length + 1);
  expect(await queueLength(stack(), "notifications")).toBe(0);
  await setFaults(stack());
  host = await startHost();
  expect(await stateOf(host.stack, "at-the-end")).toBe("done");
  expect(await deliveries(stack(), phone.handle)).toHaveLength(texts.length + 1);
  await host.stop();
});

test("lines behind an answer have the level of their outcome, and their invocation", async () => {
  const host = await startHost();
  const token = await signIn(stack(), "logged");
  await register(host.stack, token, iPhone());
  await setFaults(stack(), { match: { platform: "apple" }, status: 503 });
  await insert(host.stack, token, { id: "logged", text: "x" });
  await until("both lines", () => outcomes(host, "accepted") + outcomes(host, "retry") === 2);
  const lines = host.stack.log().split("\n");
  const lineOf = (outcome: string) => lines.find((line) => line.includes(`"${outcome}"`)) ?? "";
  expect(lineOf("retry")).toMatch(/ warning Host\.Function\.Console: \{"outcome":"retry"/);
  expect(lineOf("accepted")).toMatch(
    / information Host\.Function\.Console: \{"outcome":"accepted"/,
  );
  const [, invocation] = /"invocationId":"([\w-]{36})"/.exec(lineOf("retry")) ?? [];
  expect(lineOf("accepted")).toContain(`"invocationId":"${invocation}"`);
  await setFaults(stack());
  await host.stop();
});
