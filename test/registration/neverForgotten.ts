import type { ReadForgotten } from "../../src/registration/register.ts";

/** The mark of a user who was never forgotten. */
export const neverForgotten: ReadForgotten = async () => ({ kind: "done", value: undefined });
