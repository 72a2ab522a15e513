import { afterAll, beforeAll, expect, test } from "vitest";
import { createTokenBucket } from "../src/http/tokenBucket.ts";
import { createUserBuckets } from "../src/http/userBuckets.ts";
import { insert, iPhone, register, send, signIn, unregister } from "./support/client.ts";
import { startTestHost, type TestHost } from "./support/hosts.ts";
import { useTestStack } from "./support/testStack.ts";

const stack = useTestStack(async () => ({}), false);
let host: TestHost;
beforeAll(async () => {
  const settings = {
    Limits__writesPerMinute: "4",
    Limits__writesAtOnce: "4",
    Limits__scansPerMinute: "2",
  };
  host = await startTestHost(stack(), { settings });
});
afterAll(() => host.stop());

test("a user who writes too often is told to wait, and no other user is", async () => {
  const [alice, bob] = [await signIn(stack(), "alice"), await signIn(stack(), "bob")];
  const answers = [];
  for (let index = 0; index < 6; index++) {
    answers.push(await insert(host.stack, alice, { id: `item-${index}`, text: "x" }));
  }
  const statuses = answers.map(({ status }) => status);
  expect(statuses.slice(0, 4)).toEqual([201, 201, 201, 201]);
  expect(statuses).toContain(429);
  const headers = { "x-zumo-auth": alice };
  for (const answer of [
    await register(host.stack, alice, iPhone()),
    await unregister(host.stack, alice, iPhone()),
    await send(host.stack, "PATCH", "/tables/TodoItem/item-0", { headers, body: { text: "y" } }),
    await send(host.stack, "DELETE", "/tables/TodoItem/item-0", { headers }),
    await send(host.stack, "DELETE", "/api/devices/1", { headers }),
    await send(host.stack, "POST", "/api/notifications/one/opened", { headers }),
    await send(host.stack, "DELETE", "/api/me", { headers }),
  ]) {
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({
      detail: "You do this too often. Wait before you try again.",
    });
    const seconds = Number(answer.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(15);
  }
  expect(await send(host.stack, "GET", "/tables/TodoItem", { headers })).toMatchObject({
    status: 200,
  });
  expect(await insert(host.stack, bob, { text: "x" })).toMatchObject({ status: 201 });
});

test("lists that read many rows have a bound of their own", async () => {
  const headers = { "x-zumo-auth": await signIn(stack(), "carol") };
  const list = async (query: string) =>
    (await send(host.stack, "GET", `/tables/TodoItem${query}`, { headers })).status;
  expect(await list("?$orderby=text")).toBe(200);
  expect(await list("?$skip=1")).toBe(200);
  expect(await list("?$orderby=text")).toBe(429);
  expect(await list("?$filter=(complete%20eq%20false)")).toBe(200);
});

test("a bucket fills in a minute, up to its size, and 0 is no bound", () => {
  let now = 0;
  const take = createTokenBucket({ perMinute: 60 }, () => now);
  const taken = () => {
    let many = 0;
    while (take() === 0) many++;
    return many;
  };
  expect(taken()).toBe(60);
  expect(take()).toBe(1);
  now += 30_000;
  expect(taken()).toBe(30);
  now += 3_600_000;
  expect(taken()).toBe(60);
  expect(createTokenBucket({ perMinute: 1 }, () => now)()).toBe(0);
  const none = createTokenBucket({ perMinute: 0 });
  for (let times = 0; times < 1_000; times++) expect(none()).toBe(0);
});

test("buckets are kept for 10,000 users, and those of the busiest longest", () => {
  const take = createUserBuckets({ perMinute: 1 }, () => 0);
  expect(take("busy")).toBe(0);
  for (let user = 0; user < 25_000; user++) {
    expect(take(`user ${user}`)).toBe(0);
    if (user % 1_000 === 0) expect(take("busy")).toBe(60);
  }
});
