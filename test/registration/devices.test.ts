import { describe, expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  insert,
  iPhone,
  register,
  send,
  setFaults,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import { heldRegistrations } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const stack = useTestStack();

const ask = (token: string, method: string, path: string, headers: Record<string, string> = {}) =>
  send(stack(), method, path, { headers: { "x-zumo-auth": token, ...headers } });

const idOf = async (token: string, device: TestDevice): Promise<string> =>
  Object((await register(stack(), token, device)).body).registrationId;

test("an iPhone's token of any even length that the hub holds is registered and reached", async () => {
  const token = await signIn(stack(), "frank");
  for (const handle of ["AB".repeat(32), "CD".repeat(101), "EF".repeat(2048)]) {
    const phone = { ...iPhone(), body: { platform: "ios", deviceToken: handle }, handle };
    expect((await register(stack(), token, phone)).status).toBe(200);
    expect((await register(stack(), token, phone)).status).toBe(200);
    expect((await heldRegistrations(stack())).filter((one) => one.handle === handle)).toHaveLength(
      1,
    );
    await insert(stack(), token, { text: "for long tokens" });
    expect(await deliveries(stack(), handle)).toHaveLength(1);
  }
});

describe("my devices", () => {
  test("are listed with platform and topics, and without handles and installation ids", async () => {
    const token = await signIn(stack(), "alice");
    const [phone, tablet] = [iPhone(), androidPhone()];
    const wanting = { ...phone, body: { ...phone.body, topics: ["world"] } };
    const ids = [await idOf(token, wanting), await idOf(token, tablet)];
    await register(stack(), await signIn(stack(), "bob"), windowsDevice());

    const header = { "x-zumo-installation-id": phone.installationId };
    const answer = await ask(token, "GET", "/api/devices", header);
    const devices = [
      { registrationId: ids[0], platform: "apns", topics: ["world"], thisInstallation: true },
      { registrationId: ids[1], platform: "fcmv1", topics: [], thisInstallation: false },
    ];
    const byId = (a: object, b: object) =>
      Object(a).registrationId < Object(b).registrationId ? -1 : 1;
    expect(answer).toMatchObject({ status: 200, body: { devices: devices.toSorted(byId) } });
    for (const { handle, installationId } of [phone, tablet]) {
      expect(answer.text).not.toContain(handle);
      expect(answer.text).not.toContain(installationId);
    }
    const unnamed = await ask(token, "GET", "/api/devices");
    expect(Object(unnamed.body).devices).not.toContainEqual(
      expect.objectContaining({ thisInstallation: true }),
    );
    const malformed = await ask(token, "GET", "/api/devices", { "x-zumo-installation-id": "a b" });
    expect(malformed.status).toBe(400);
  });

  test("end one by one, and only by their owner", async () => {
    const [carol, dave] = [await signIn(stack(), "carol"), await signIn(stack(), "dave")];
    const [lost, kept] = [iPhone(), androidPhone()];
    const id = await idOf(carol, lost);
    await register(stack(), carol, kept);
    for (const [token, path, status] of [
      [dave, `/api/devices/${id}`, 404],
      [carol, "/api/devices/none", 404],
      [carol, "/api/devices/..%2fregistrations%2f1", 400],
      [carol, `/api/devices/${"x".repeat(129)}`, 400],
      [carol, `/api/devices/${id}`, 204],
      [carol, `/api/devices/${id}`, 404],
    ] as const) {
      expect([path, (await ask(token, "DELETE", path)).status]).toEqual([path, status]);
    }
    await insert(stack(), carol, { text: "where is it" });
    expect(await deliveries(stack(), lost.handle)).toEqual([]);
    expect(await deliveries(stack(), kept.handle)).toHaveLength(1);
  });

  test("a device that is removed although the hub's answer is lost is answered as removed", async () => {
    const token = await signIn(stack(), "grace");
    const id = await idOf(token, iPhone());
    await setFaults(stack(), { match: { method: "DELETE" }, reset: "after", times: 1 });
    const answer = await ask(token, "DELETE", `/api/devices/${id}`);
    await setFaults(stack());
    expect(answer.status).toBe(204);
  });

  test("a device that has just gone to another user stays", async () => {
    const [erin, frank] = [await signIn(stack(), "erin"), await signIn(stack(), "frank")];
    const phone = iPhone();
    const id = await idOf(erin, phone);
    await setFaults(stack(), {
      match: { method: "GET", path: "/registrations" },
      listLagMs: 60_000,
    });
    await register(stack(), frank, phone);
    const answer = await ask(erin, "DELETE", `/api/devices/${id}`);
    await setFaults(stack());
    expect(answer.status).toBe(404);
    expect((await heldRegistrations(stack())).map(({ handle }) => handle)).toContain(phone.handle);
  });

  test.each([
    [400, 400],
    [401, 502],
    [503, 503],
  ])(
    "a hub that answers %i is answered %i, without a word of the hub",
    async (status, answered) => {
      const token = await signIn(stack(), "alice");
      // The app would try again for ten seconds if the hub did not ask it to wait longer.
      await setFaults(stack(), { status, retryAfter: status === 503 ? 70 : undefined });
      const answers = [
        await ask(token, "GET", "/api/devices"),
        await ask(token, "DELETE", "/api/devices/1"),
        await ask(token, "DELETE", "/api/me"),
      ];
      await setFaults(stack());
      for (const answer of answers) {
        expect(answer.status).toBe(answered);
        expect(answer.body).toMatchObject({ detail: "Your devices are unreachable for now." });
      }
    },
  );
});
