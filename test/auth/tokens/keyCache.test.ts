import { expect, test } from "vitest";
import { createKeyCache } from "../../../src/auth/tokens/keyCache.ts";
import type { SigningKey } from "../../../src/auth/tokens/signingKey.ts";
import { newKeyPair } from "../../support/testIssuer.ts";

const minutes = 60_000;
const hours = 60 * minutes;
const { publicKey } = newKeyPair();

/** The keys of a fake issuer. The test controls its responses and the clock. */
function issuer() {
  const world = {
    now: Date.UTC(2026, 0, 1),
    down: false,
    published: "first",
    fetches: 0,
    warnings: [] as string[],
    /** Lets pending fetches finish. */
    release: () => {},
    held: Promise.resolve(),
    hold() {
      world.held = new Promise((resolve) => {
        world.release = resolve;
      });
    },
  };
  const keyCache = createKeyCache(
    async (): Promise<readonly SigningKey[]> => {
      world.fetches++;
      await world.held;
      if (world.down) throw new Error("The issuer is down.");
      return world.published === "" ? [] : [{ kid: world.published, alg: undefined, publicKey }];
    },
    (failure) => world.warnings.push(failure),
    () => world.now,
  );
  const kid = (keys: readonly SigningKey[] | undefined) => keys?.[0]?.kid;
  return {
    world,
    current: async () => kid(await keyCache.current()),
    renewed: async () => kid(await keyCache.renewed()),
  };
}

test("simultaneous requests share one fetch", async () => {
  const { world, current } = issuer();
  world.hold();
  const asked = [current(), current(), current()];
  world.release();
  expect(await Promise.all(asked)).toEqual(["first", "first", "first"]);
  expect(await current()).toBe("first");
  expect(world.fetches).toBe(1);
});

test("refreshes keys in the background of a request after 10 minutes", async () => {
  const { world, current } = issuer();
  await current();
  world.published = "second";
  world.now += 10 * minutes - 1;
  expect(await current()).toBe("first");
  expect(world.fetches).toBe(1);

  world.now += 1;
  world.hold();
  expect(await current()).toBe("first");
  expect(await current()).toBe("first");
  expect(world.fetches).toBe(2);
  world.release();
  await expect.poll(current).toBe("second");
});

test("waits for fresh keys after 20 idle minutes, so as not to use withdrawn keys", async () => {
  const { world, current } = issuer();
  await current();
  world.published = "second";
  world.now += 20 * minutes;
  world.hold();
  const asked = [current(), current()];
  world.release();
  expect(await Promise.all(asked)).toEqual(["second", "second"]);
  expect(world.fetches).toBe(2);
});

test("fetches at once for an unknown key, and then at most once every 30 s", async () => {
  const { world, current, renewed } = issuer();
  await current();
  world.published = "second";
  expect(await renewed()).toBe("second");
  world.published = "third";
  world.now += 30_000 - 1;
  for (let asked = 0; asked < 1_000; asked++) expect(await renewed()).toBe("second");
  expect(world.fetches).toBe(2);

  world.now += 1;
  expect(await Promise.all([renewed(), renewed()])).toEqual(["third", "third"]);
  expect(world.fetches).toBe(3);
});

test("waits for a pending refresh for an unknown key, and may fetch again at once", async () => {
  const { world, current, renewed } = issuer();
  world.hold();
  const asked = [current(), renewed()];
  world.release();
  expect(await Promise.all(asked)).toEqual(["first", "first"]);
  world.published = "second";
  expect(await renewed()).toBe("second");
});

test("uses keys for 24 h in an outage, and retries the fetch every 30 s", async () => {
  const { world, current } = issuer();
  await current();
  world.down = true;
  world.now += 10 * minutes;
  expect(await current()).toBe("first");
  await expect.poll(() => world.warnings).toEqual(["The issuer is down."]);
  world.now += 30_000 - 1;
  expect(await current()).toBe("first");
  expect(world.fetches).toBe(2);
  world.now += 1;
  expect(await current()).toBe("first");
  expect(world.fetches).toBe(3);

  world.now += 24 * hours - 10 * minutes - 30_000 - 1;
  expect(await current()).toBe("first");
  world.now += 1;
  expect(await current()).toBeUndefined();
  world.down = false;
  world.now += 5_000;
  expect(await current()).toBe("first");
});

test("retries the fetch after 5 s if it has no keys", async () => {
  const { world, current } = issuer();
  world.down = true;
  expect(await current()).toBeUndefined();
  world.down = false;
  world.now += 5_000 - 1;
  expect(await current()).toBeUndefined();
  expect(world.fetches).toBe(1);
  world.now += 1;
  expect(await current()).toBe("first");
});

test("returns no keys once the issuer publishes none", async () => {
  const { world, current, renewed } = issuer();
  await current();
  world.published = "";
  expect(await renewed()).toBeUndefined();
  expect(await current()).toBeUndefined();
});
