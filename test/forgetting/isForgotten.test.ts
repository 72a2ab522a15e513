import { expect, test } from "vitest";
import { createIsForgotten } from "../../src/forgetting/isForgotten.ts";
import { createInMemoryForgottenUsers } from "./inMemoryForgottenUsers.ts";

test("a user is forgotten up to the time of the mark, and what comes later is new", async () => {
  const forgottenUsers = createInMemoryForgottenUsers(() => 0);
  const isForgotten = createIsForgotten(forgottenUsers);
  expect(await isForgotten("alice", 1_000)).toEqual({ kind: "done", value: false });
  await forgottenUsers.mark("alice", 1_000, 1_000);
  for (const [user, since, value] of [
    ["alice", 999, true],
    ["alice", 1_000, true],
    ["alice", 1_001, false],
    ["bob", 999, false],
  ] as const) {
    expect([user, since, await isForgotten(user, since)]).toEqual([
      user,
      since,
      { kind: "done", value },
    ]);
  }
});
