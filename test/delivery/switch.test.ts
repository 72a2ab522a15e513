import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { settingsFor } from "../../local/stack.ts";
import {
  deliveries,
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  sendMessage,
  setFaults,
  signIn,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { queueLength } from "../support/queues.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack(async () => ({ Delivery__retrySeconds: "1" }));
afterEach(() => setFaults(stack()));

function turn(...args: string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...settingsFor(stack().addresses) };
    const all = [join(root, "ops/switch.ts"), ...args];
    const child = execFile(process.execPath, all, { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

test("a broadcast is stopped within 30 s, nothing is lost, and all of it arrives afterwards", async () => {
  expect(await turn("status")).toEqual({
    code: 0,
    said: "Sending is on. About 0 notifications wait.\n",
  });
  const phone = iPhone();
  const token = await signIn(stack(), "alice");
  await register(stack(), token, phone);
  const total = count(300, 10_000);
  const ids = Array.from({ length: total }, (_, index) => `message-${index}`);
  // Sends that take long, so that many are under way at any time.
  await setFaults(stack(), { match: { path: "/messages" }, delayMs: count(2_000, 500) });
  let sent = 0;
  const sending = Array.from({ length: 20 }, async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      const message = { id, to: { everyone: true }, title: "t", text: id };
      expect(await sendMessage(stack(), message)).toMatchObject({ status: 202 });
      sent++;
    }
  });
  const arrived = async () => (await deliveriesSoFar(stack(), phone.handle)).length;
  await until("the first ones", async () => (await arrived()) > 0);

  const began = performance.now();
  const { code, said } = await turn("off");
  expect([code, said]).toEqual([0, expect.stringMatching(/^Sending is off since .*wait\.\nSends/)]);
  await until("it noticed", () => stack().log().includes('"outcome":"sending-off"'));
  const noticed = await arrived();
  let [before, since] = [noticed, performance.now()];
  // Also while the backend goes on.
  await until("no send for 3 s", async () => {
    const now = await arrived();
    if (now !== before) [before, since] = [now, performance.now()];
    return performance.now() - since > 3_000;
  });
  process.stdout.write(`sends ended ${((since - began) / 1_000).toFixed(1)} s after off\n`);
  // Only what was under way: a process has at most 240 sends.
  expect(before - noticed).toBeLessThanOrEqual(240);
  await Promise.all(sending);
  expect(sent).toBe(total);
  // Inserts go on.
  expect(await insert(stack(), token, { text: "an item" })).toMatchObject({ status: 201 });
  await setFaults(stack());
  expect((await turn("status")).said).toMatch(/^Sending is off since/);
  expect(await arrived()).toBe(before);
  // A fast machine may have sent all messages before; the item waits in any case.
  expect(await queueLength(stack(), "notifications")).toBeGreaterThan(0);

  expect(await turn("on")).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^Sending is on since/),
  });
  await until("it noticed", () => stack().log().includes('"outcome":"sending-on"'));
  await until("all of it", async () => (await arrived()) >= total + 1, 600_000);
  const alerts = (await deliveries(stack(), phone.handle)).map(({ body }) => {
    const { alert } = JSON.parse(body).aps;
    return alert.body ?? alert;
  });
  expect(new Set(alerts).size).toBe(total + 1);
  expect(await queueLength(stack(), "notifications-poison")).toBe(0);
}, 900_000);

test("says what is wrong with its word", async () => {
  for (const args of [[], ["of"], ["off", "now"]]) {
    expect(await turn(...args)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^Give off, on or status\.\n\nnpm run switch/),
    });
  }
  expect(await turn("--help")).toMatchObject({ code: 0 });
});
