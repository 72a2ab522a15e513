import * as v from "valibot";

/** The environment variables, which contain the settings. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first step of a pipe: requires that the setting exists and is not blank. */
export const present = (whatToPut: string) =>
  v.pipe(v.optional(v.string(), ""), v.trim(), v.nonEmpty(`is missing. Set it to ${whatToPut}.`));

export const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
