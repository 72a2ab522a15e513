import { afterAll, expect, test } from "vitest";
import { deliveries, insert, iPhone, register, setFaults, signIn } from "../../support/client.ts";
import { startTestHost } from "../../support/hosts.ts";
import { type StorageProxies, startStorageProxies } from "../../support/storageProxies.ts";
import { useTestStack } from "../../support/testStack.ts";
import { until } from "../../support/until.ts";

let proxies: StorageProxies;
let connectionString = "";
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  ({ connectionString } = proxies);
  return {};
}, false);
afterAll(() => proxies.stop());

test("the host goes on listening after a call to the queue that never ends", async () => {
  const settings = { AzureWebJobsStorage: connectionString };
  const host = await startTestHost(stack(), { queueHold: 2, settings });
  const token = await signIn(stack(), "alice");
  const phone = iPhone();
  await register(host.stack, token, phone);
  let hung = 0;
  proxies.queues.interfere = ({ method, url }) =>
    method === "GET" && url.includes("/messages") && hung++ === 0 ? { kind: "hang" } : undefined;
  await until("a call that hangs", () => hung > 0);

  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  expect(await insert(host.stack, token, { text: "later" })).toMatchObject({ status: 201 });
  await setFaults(stack());

  await until("the notification", async () => (await deliveries(stack(), phone.handle)).length > 0);
  await host.stop();
});
