import { afterAll, beforeEach, expect, test } from "vitest";
import { iPhone, register, signIn, windowsDevice } from "../support/client.ts";
import { type RecordingProxy, startRecordingProxy } from "../support/recordingProxy.ts";
import { useTestStack } from "../support/testStack.ts";

/** The key of the emulator's full access policy, which is public. */
const key = "bm90aWZ5LXVzZXJzLWxvY2FsLWRldmVsb3BtZW50LWtleQ==";

let proxy: RecordingProxy;
const stack = useTestStack(async () => {
  proxy = await startRecordingProxy();
  return {
    NotificationHub__connectionString: `Endpoint=${proxy.url}/;SharedAccessKeyName=DefaultFullSharedAccessSignature;SharedAccessKey=${key}`,
  };
});
beforeEach(() => {
  proxy.forwardTo(stack().addresses.hub.url);
  proxy.requests.splice(0);
});
afterAll(() => proxy.stop());

const methods = () => proxy.requests.splice(0).map(({ method }) => method);

test("calls the hub seven times for a new registration, four for the second, and then three", async () => {
  const token = await signIn(stack(), "alice");
  const phone = iPhone();

  expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  expect(methods()).toEqual(["GET", "GET", "GET", "POST", "PUT", "GET", "GET"]);
  // It is looked at once more whether the user has room for the device.
  expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  expect(methods()).toEqual(["GET", "GET", "GET", "PUT"]);

  // A list may be old, so only the write under the ETag that was read tells that nothing has changed.
  expect(await register(stack(), token, phone)).toMatchObject({ status: 200 });
  expect(methods()).toEqual(["GET", "GET", "PUT"]);

  // Other topics cost no more.
  for (const topics of [["world", "sports"], ["politics"], []]) {
    const wanting = { ...phone, body: { ...phone.body, topics } };
    expect(await register(stack(), token, wanting)).toMatchObject({ status: 200 });
    expect(methods()).toEqual(["GET", "GET", "PUT"]);
  }
});

test("calls the hub three times for an update, and once more to delete a surplus one", async () => {
  const token = await signIn(stack(), "bob");
  const [first, second] = [windowsDevice(), windowsDevice()];
  for (const device of [first, second, first, second]) await register(stack(), token, device);
  methods();

  await register(stack(), token, { ...first, installationId: "reinstalled" });
  expect(methods()).toEqual(["GET", "GET", "PUT"]);

  // The second device's installation now has the first device's handle.
  await register(stack(), token, { ...first, installationId: second.installationId });
  expect(methods()).toEqual(["GET", "GET", "PUT", "DELETE"]);
});

test("updates and deletes registrations under the ETag that it read", async () => {
  const token = await signIn(stack(), "carol");
  const [first, second] = [windowsDevice(), windowsDevice()];
  await register(stack(), token, first);
  await register(stack(), token, second);
  proxy.requests.splice(0);

  await register(stack(), token, { ...first, installationId: second.installationId });

  const writes = proxy.requests.filter(({ method }) => method !== "GET");
  expect(writes.map(({ headers }) => headers["if-match"])).toEqual(['"1"', '"1"']);
});
