import * as v from "valibot";
import type { FaultRule } from "./faults.ts";

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

const ruleSchema = v.pipe(
  v.strictObject({
    match: v.optional(
      v.strictObject({
        method: v.optional(v.string()),
        path: v.optional(v.string()),
        platform: v.optional(v.string()),
      }),
    ),
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
    retryAfter: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    delayMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(600_000))),
    reset: v.optional(v.picklist(["before", "after"])),
    hang: v.optional(v.literal(true)),
    listLagMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000))),
    times: v.optional(positiveInteger),
    probability: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    seed: v.optional(v.pipe(v.number(), v.integer())),
  }),
  v.partialCheck(
    [["status"], ["reset"], ["hang"]],
    ({ status, reset, hang }) =>
      [status, reset, hang].filter((effect) => effect !== undefined).length < 2,
    "use only one of status, reset and hang",
  ),
  v.partialCheck(
    [["status"], ["retryAfter"]],
    ({ status, retryAfter }) => retryAfter === undefined || status !== undefined,
    "retryAfter requires status",
  ),
);

/** The body of `PUT _emulator/faults`. */
export const faultsSchema: v.GenericSchema<unknown, { readonly rules: readonly FaultRule[] }> =
  v.strictObject({ rules: v.array(ruleSchema) });

/** Returns the rules. @throws an Error that names what is wrong with them */
export function faultsIn(rules: readonly FaultRule[]): readonly FaultRule[] {
  const result = v.safeParse(faultsSchema, { rules });
  if (result.success) return result.output.rules;
  const faults = result.issues.map(
    (issue) => `${v.getDotPath(issue) ?? "rules"}: ${issue.message}`,
  );
  throw new Error(`The fault rules are invalid: ${faults.join("; ")}`);
}
