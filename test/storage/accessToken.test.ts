import { expect, test } from "vitest";
import { createAccessTokens } from "../../src/storage/accessToken.ts";
import { until } from "../support/until.ts";

const minute = 60_000;

/** A credential whose tokens last an hour of the tests' clock. */
function identity() {
  let time = 0;
  let fetches = 0;
  let fails = false;
  let lasts = 60 * minute;
  let held: Promise<unknown> = Promise.resolve();
  const tokens = createAccessTokens(
    {
      async getToken() {
        fetches++;
        const given = fetches;
        await held;
        if (fails) throw new Error("no identity");
        return { token: `token-${given}`, expiresOnTimestamp: time + lasts };
      },
    },
    () => time,
  );
  return {
    tokens,
    fetches: () => fetches,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    /** Gives tokens that last so long from now on, as an identity that gives its own cached one again. */
    last: (milliseconds: number) => {
      lasts = milliseconds;
    },
    fail: (how: boolean) => {
      fails = how;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

const signal = () => new AbortController().signal;

test("calls at once share one fetch, and those after it its token", async () => {
  const { tokens, fetches, pass } = identity();
  const got = await Promise.all(Array.from({ length: 10 }, () => tokens.get(signal())));
  expect(new Set(got)).toEqual(new Set(["token-1"]));
  pass(54 * minute);
  expect(await tokens.get(signal())).toBe("token-1");
  expect(fetches()).toBe(1);
});

test("a token is renewed before its end, behind the calls that still use it", async () => {
  const { tokens, fetches, pass, hold } = identity();
  await tokens.get(signal());
  pass(56 * minute);
  const goOn = hold();
  expect([await tokens.get(signal()), await tokens.get(signal())]).toEqual(["token-1", "token-1"]);
  expect(fetches()).toBe(2);
  goOn();
  await until("the other token", async () => (await tokens.get(signal())) === "token-2");
});

test("a token that would end on its way is not used", async () => {
  const { tokens, pass } = identity();
  await tokens.get(signal());
  pass(59.6 * minute);
  expect(await tokens.get(signal())).toBe("token-2");
});

test("a renewal that fails is tried again half a minute later, and the token used meanwhile", async () => {
  const { tokens, fetches, pass, fail } = identity();
  await tokens.get(signal());
  pass(56 * minute);
  fail(true);
  for (let call = 0; call < 10; call++) expect(await tokens.get(signal())).toBe("token-1");
  expect(fetches()).toBe(2);
  pass(minute / 2);
  await tokens.get(signal());
  expect(fetches()).toBe(3);
  pass(4 * minute);
  await expect(tokens.get(signal())).rejects.toThrow("no identity");
  fail(false);
  expect(await tokens.get(signal())).toMatch(/^token-/);
});

test("an identity that gives the same token again is asked every half minute at most", async () => {
  const { tokens, fetches, pass, last } = identity();
  last(4 * minute);
  await tokens.get(signal());
  for (let second = 0; second < 120; second++) {
    await tokens.get(signal());
    pass(1_000);
  }
  expect(fetches()).toBeLessThanOrEqual(1 + 120 / 30 + 1);
});

test("a call that ends does not end the fetch for the others", async () => {
  const { tokens, fetches, hold } = identity();
  const goOn = hold();
  const ending = new AbortController();
  const ended = tokens.get(ending.signal);
  const other = tokens.get(signal());
  ending.abort();
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  goOn();
  expect(await other).toBe("token-1");
  expect(fetches()).toBe(1);
});

test("in place of a token that storage refuses, all calls get one other", async () => {
  const { tokens, fetches } = identity();
  const refused = await tokens.get(signal());
  const others = await Promise.all([1, 2, 3].map(() => tokens.instead(refused, signal())));
  expect(others).toEqual(Array(3).fill("token-2"));
  expect(await tokens.instead(refused, signal())).toBe("token-2");
  expect(fetches()).toBe(2);
});
