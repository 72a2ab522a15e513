import type { ForgottenMark, ForgottenUsers } from "../../src/forgetting/forgottenUsers.ts";

/** Marks in memory. @param turn resolves when the next call may be handled: it decides how calls interleave */
export function createInMemoryForgottenUsers(
  now: () => number,
  turn: (call: string) => Promise<unknown> = async () => undefined,
): ForgottenUsers {
  const marks = new Map<string, Omit<ForgottenMark, "isUnderWay"> & { readonly until: number }>();
  let writes = 0;
  return {
    async read(user) {
      await turn("read mark");
      const mark = marks.get(user);
      if (mark === undefined) return { kind: "done", value: undefined };
      const { version, forgottenAt, until, poisonSeen } = mark;
      return {
        kind: "done",
        value: { version, forgottenAt, isUnderWay: now() < until, poisonSeen },
      };
    },
    async mark(user, forgottenAt, until, poisonSeen = 0) {
      await turn("mark");
      marks.set(user, { version: String(++writes), forgottenAt, until, poisonSeen });
      return { kind: "done" };
    },
    deleteOld: async () => {},
  };
}
