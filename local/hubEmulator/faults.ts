import * as v from "valibot";
import { isPlatformName, platformOf } from "./registrationKinds.ts";

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

const ruleSchema = v.pipe(
  v.strictObject({
    match: v.optional(
      v.strictObject({
        /** The request's method, in upper or lower case. */
        method: v.optional(v.string()),
        /** A part of the request's path and query, as sent. */
        path: v.optional(v.string()),
        /** The value of `ServiceBusNotification-Format`, or the emulator's platform name: `wns`, `apns`. */
        platform: v.optional(v.string()),
      }),
    ),
    /** Returns this status and does no work. */
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
    /** The `Retry-After` header in seconds. Requires `status`. */
    retryAfter: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    /** Waits this many milliseconds before everything else. */
    delayMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(600_000))),
    /** Drops the connection before or after the work. */
    reset: v.optional(v.picklist(["before", "after"])),
    /** Never responds, and does no work. */
    hang: v.optional(v.literal(true)),
    /** Shows lists as they were this many milliseconds ago. Applies to lists only. */
    listLagMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000))),
    /** How many requests the rule applies to. Default: no limit. */
    times: v.optional(positiveInteger),
    /** The share of matching requests that the rule applies to, chosen with `seed` (default: 1). */
    probability: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    seed: v.optional(v.pipe(v.number(), v.integer())),
  }),
  v.check(
    ({ status, reset, hang }) =>
      [status, reset, hang].filter((effect) => effect !== undefined).length < 2,
    "use only one of status, reset and hang",
  ),
  v.check(
    ({ status, retryAfter }) => retryAfter === undefined || status !== undefined,
    "retryAfter requires status",
  ),
);

/** The body of `PUT _emulator/faults`. */
export const faultsSchema = v.strictObject({ rules: v.array(ruleSchema) });

export type FaultRule = v.InferOutput<typeof ruleSchema>;

export interface FaultableRequest {
  readonly method: string;
  readonly target: string;
  /** The value of `ServiceBusNotification-Format`. */
  readonly format: string | undefined;
  /** Whether the request lists registrations: by tag, by filter or all. */
  readonly isList: boolean;
}

export interface Faults {
  set(rules: readonly FaultRule[]): void;
  /** Returns the first rule that applies to this request, and counts the request in its `times`. */
  next(request: FaultableRequest): FaultRule | undefined;
}

interface ActiveRule {
  readonly rule: FaultRule;
  left: number;
  readonly random: () => number;
}

export function createFaults(): Faults {
  let active: ActiveRule[] = [];
  return {
    set(rules) {
      active = rules.map((rule) => ({
        rule,
        left: rule.times ?? Number.POSITIVE_INFINITY,
        random: createRandom(rule.seed ?? 1),
      }));
    },
    next(request) {
      for (const candidate of active) {
        const { rule } = candidate;
        if (candidate.left === 0 || !applies(rule, request)) continue;
        if (rule.probability !== undefined && candidate.random() >= rule.probability) continue;
        candidate.left--;
        return rule;
      }
      return undefined;
    },
  };
}

function applies(
  { match = {}, listLagMs }: FaultRule,
  { method, target, format, isList }: FaultableRequest,
): boolean {
  return (
    (listLagMs === undefined || isList) &&
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.path === undefined || target.includes(match.path)) &&
    (match.platform === undefined || formatNamed(match.platform) === format?.toLowerCase())
  );
}

/** Returns the format of a platform name, such as `windows` for `wns`, or any other word in lower case. */
function formatNamed(platform: string): string {
  const name = platform.toLowerCase();
  return isPlatformName(name) ? platformOf(name).format : name;
}

/** Returns a generator of numbers in [0, 1). The same seed gives the same numbers (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
