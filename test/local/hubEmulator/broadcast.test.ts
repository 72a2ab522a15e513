import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { createNamespace } from "../../../local/hubEmulator/namespace.ts";
import type { Registration } from "../../../local/hubEmulator/registrations/registration.ts";
import {
  type NativeNotification,
  Outlived,
  type Sent,
  sendToRegistrations,
} from "../../../local/hubEmulator/sending/sending.ts";
import { parseTagExpression } from "../../../local/hubEmulator/sending/tagExpression.ts";
import { reset } from "../../../local/hubEmulator/world/worldRoutes.ts";

const notification: NativeNotification = {
  kind: "native",
  format: "fcmv1",
  platform: "fcmv1",
  headers: {},
  body: '{"message":{"data":{}}}',
};

function hubWith(count: number) {
  const namespace = createNamespace({
    hubs: ["h"],
    anyHub: false,
    apnsEnvironment: "production",
    service: "current",
    dataDirectory: undefined,
  });
  const hub = namespace.find("h");
  if (hub === undefined) throw new Error("There is no hub.");
  const registrations = Array.from(
    { length: count },
    (_, i): Registration => ({
      platform: "fcmv1",
      handle: { FcmV1RegistrationId: `h${i}` },
      tags: ["all"],
      registrationId: `${i + 1}-1-1`,
      etag: 1,
    }),
  );
  hub.state.commit({ registrations });
  return hub;
}

/** Waits for a send, and returns how often other work got its turn before it ended. */
async function turnsDuring(sent: Sent | Promise<Sent>, turn: () => void): Promise<number> {
  let ended = false;
  const end = Promise.resolve(sent).then(() => {
    ended = true;
  });
  let turns = 0;
  // The first turn of a send that has ended is its own.
  await setImmediate();
  while (!ended) {
    turn();
    turns++;
    await setImmediate();
  }
  await end;
  return turns;
}

test("a broadcast to 50,000 devices lets other requests through again and again", async () => {
  const hub = hubWith(50_000);
  const sent = sendToRegistrations(hub, notification, undefined, undefined);
  expect(await turnsDuring(sent, () => {})).toBeGreaterThanOrEqual(3);
  const handles = new Set(Array.from(hub.deliveries.after(0), ({ handle }) => handle));
  expect([handles.size, hub.deliveries.newest()]).toEqual([50_000, 50_000]);
});

test("what is unregistered during a broadcast gets nothing, and expired handles are forgotten", async () => {
  const hub = hubWith(50_000);
  for (const handle of ["h0", "h49998"]) hub.devices.set(handle, { state: "expired" });
  const parsed = parseTagExpression("all && !none");
  if (parsed.kind === "malformed") throw new Error(parsed.detail);
  const sent = sendToRegistrations(hub, notification, parsed.expression, "all && !none");
  const turns = await turnsDuring(sent, () => {
    hub.state.commit({ removedRegistrations: ["50000-1-1"] });
  });
  expect(turns).toBeGreaterThan(0);
  expect((await sent).outcomes).toHaveLength(49_999);
  expect(hub.deliveries.newest()).toBe(49_997);
  expect(hub.state.registrations.count()).toBe(49_997);
  expect(hub.feedback.all()).toHaveLength(2);
});

test("a send to few devices ends before anything else happens", () => {
  expect(sendToRegistrations(hubWith(3), notification, undefined, undefined)).toMatchObject({
    outcomes: [{}, {}, {}],
  });
});

test("a reset in the middle ends a broadcast", async () => {
  const hub = hubWith(50_000);
  const sent = Promise.resolve(sendToRegistrations(hub, notification, undefined, undefined));
  const ended = expect(sent).rejects.toBeInstanceOf(Outlived);
  await setImmediate();
  reset(hub);
  await ended;
  expect(hub.deliveries.newest()).toBe(0);
});
