import { afterEach, expect, test } from "vitest";
import { useEmulator } from "./emulatorUnderTest.ts";
import { callHub } from "./hubClient.ts";

const emulator = useEmulator();

afterEach(() => emulator().reset());

async function sendTo(handle: string, text: string): Promise<number> {
  const headers = {
    "servicebusnotification-format": "apple",
    "servicebusnotification-devicehandle": handle,
  };
  const body = JSON.stringify({ aps: { alert: text } });
  return (await callHub(emulator(), "POST", "/messages?direct=true", { body, headers })).status;
}

test("waitForDelivery finds an earlier delivery, and waits for a later one", async () => {
  await sendTo("AB", "one");
  expect(await emulator().waitForDelivery({ handle: "ab", body: /one/ })).toMatchObject({ seq: 1 });
  const later = emulator().waitForDelivery(({ body }) => body.includes("two"));
  await sendTo("AB", "two");
  expect((await later).seq).toBe(2);
  expect(
    await emulator().waitForDelivery({ platform: "apns", body: '{"aps":{"alert":"two"}}' }),
  ).toMatchObject({ seq: 2 });
});

test("waitForDelivery ends with an error that shows what was delivered", async () => {
  const wait = () => emulator().waitForDelivery({ handle: "CD", body: /x/ }, 1);
  await expect(wait()).rejects.toThrow('of {"handle":"CD","body":"/x/"} in 1 ms: nothing');
  await sendTo("AB", "one");
  await expect(wait()).rejects.toThrow(/newest of 1 deliveries:\n1 {2}[\d:]+ {2}apns {2}AB {2}one/);
});

test("a device has a state and its deliveries", async () => {
  const device = emulator().device("ab");
  expect(device.state()).toEqual({});
  await sendTo("AB", "one");
  await sendTo("CD", "two");
  expect(device.deliveries()).toHaveLength(1);
  device.set({ state: "expired" });
  await sendTo("AB", "three");
  expect(device.deliveries()).toHaveLength(1);
  expect(emulator().requests().at(-1)?.send?.targets[0]?.outcome).toBe("ExpiredChannel");
});

test("setFaults checks its rules, and reset clears them", async () => {
  expect(() => emulator().setFaults([{ status: 42 }, { times: 0 }])).toThrow(
    /rules\.0\.status: .+; rules\.1\.times: /,
  );
  emulator().setFaults([{ status: 503 }]);
  expect(await sendTo("AB", "one")).toBe(503);
  emulator().reset();
  expect(await sendTo("AB", "one")).toBe(201);
  expect(emulator().requests()).toHaveLength(1);
});
