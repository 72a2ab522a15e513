import type { StorageFailure } from "../storage/failure.ts";
import type { ForgottenUsers } from "./forgottenUsers.ts";

/** Returns whether a user was forgotten after a time, in milliseconds since 1970. */
export function createIsForgotten({ read }: Pick<ForgottenUsers, "read">) {
  return async (
    userDigest: string,
    since: number,
  ): Promise<{ readonly kind: "done"; readonly value: boolean } | StorageFailure> => {
    const mark = await read(userDigest);
    if (mark.kind !== "done") return mark;
    return { kind: "done", value: mark.value !== undefined && since <= mark.value.forgottenAt };
  };
}
