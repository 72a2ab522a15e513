import { expect, test, vi } from "vitest";
import { createAzureForgottenUsers } from "../../src/forgetting/azureForgottenUsers.ts";
import { createForgetUser } from "../../src/forgetting/forgetUser.ts";
import { storageClientsOf } from "../support/storageClients.ts";
import { ownStorage } from "../support/testStack.ts";

test("a mark is deleted once nothing can meet it any more, when another user is forgotten", async () => {
  const storage = storageClientsOf(ownStorage());
  const forgottenUsers = createAzureForgottenUsers(storage);
  const forget = createForgetUser({
    forgottenUsers,
    behindAnswersEnded: async () => true,
    forgetDevices: async () => ({ kind: "done", value: undefined }),
    forgetRows: [],
    clearPoison: async () => ({ kind: "done" }),
    now: Date.now,
  });
  const isMarked = async (user: string) => {
    const mark = await forgottenUsers.read(user);
    return mark.kind === "done" && mark.value !== undefined;
  };
  for (const user of ["alice", "bob"]) expect(await forget(user)).toEqual({ kind: "done" });
  expect([await isMarked("alice"), await isMarked("bob")]).toEqual([true, true]);
  const inFourDays = Date.now() + 4 * 24 * 60 * 60_000;
  const clock = vi.spyOn(Date, "now").mockReturnValue(inFourDays);
  try {
    expect(await forget("carol")).toEqual({ kind: "done" });
  } finally {
    clock.mockRestore();
  }
  const marked = [await isMarked("alice"), await isMarked("bob"), await isMarked("carol")];
  expect(marked).toEqual([false, false, true]);
});
