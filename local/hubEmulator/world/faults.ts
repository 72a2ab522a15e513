import { isPlatformName, platformOf } from "../registrations/registrationKinds.ts";

/** What goes wrong with some requests. The first rule that matches a request decides. */
export interface FaultRule {
  /** Which requests; all by default. */
  readonly match?:
    | {
        /** The request's method, in upper or lower case. */
        readonly method?: string | undefined;
        /** A part of the request's path and query, as sent. */
        readonly path?: string | undefined;
        /** The value of `ServiceBusNotification-Format`, or the emulator's platform name: `wns`, `apns`. */
        readonly platform?: string | undefined;
      }
    | undefined;
  /** Returns this status, 400 to 599, and does no work. */
  readonly status?: number | undefined;
  /** The `Retry-After` header in seconds. Requires `status`. */
  readonly retryAfter?: number | undefined;
  /** Waits this many milliseconds before everything else, at most ten minutes. */
  readonly delayMs?: number | undefined;
  /** Drops the connection before or after the work. */
  readonly reset?: "before" | "after" | undefined;
  /** Never responds, and does no work. */
  readonly hang?: true | undefined;
  /** Shows lists as they were this many milliseconds ago. Applies to lists only. */
  readonly listLagMs?: number | undefined;
  /** How many requests the rule applies to. Default: no limit. */
  readonly times?: number | undefined;
  /** The share of matching requests that the rule applies to, from 0 to 1. */
  readonly probability?: number | undefined;
  /** Chooses the requests of `probability`. The same seed chooses the same ones. Default: 1. */
  readonly seed?: number | undefined;
}

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
  /** Returns the rules, with how often those with `times` still apply. */
  active(): readonly FaultRule[];
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
    active() {
      return active.map(({ rule, left }) =>
        rule.times === undefined ? rule : { ...rule, times: left },
      );
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
