import * as v from "valibot";

/** Where settings stand. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A pipe's first step: the setting is there and not blank. */
export const present = (whatToPut: string) =>
  v.pipe(v.optional(v.string(), ""), v.trim(), v.nonEmpty(`is missing: put ${whatToPut} there.`));

export const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
