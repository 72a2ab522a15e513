import { malformed } from "../http/members.ts";
import { readDate } from "../odata/date.ts";
import type { ValueType } from "../odata/expression.ts";
import { isUserId, type UserId } from "../user.ts";
import type { Member, MemberReading, MemberValue } from "./member.ts";

/** The longest text that a member may allow, in UTF-16 units: a row of Table Storage holds 1 MiB, a body 64 KiB. */
const longestText = 10_000;

/** What a member is if a body does not name it. Without a default, a new row must have the member. */
interface WithDefault<Value> {
  readonly default?: Value;
}

/** What distinguishes a kind of member. */
interface Kind<Value extends MemberValue> {
  readonly type: ValueType;
  readonly is: (value: unknown) => value is Value;
  readonly read: (value: unknown) => MemberReading<Value>;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly faults?: readonly string[];
}

function member<Value extends MemberValue>(
  kind: Kind<Value>,
  { default: value }: WithDefault<Value>,
): Member<Value> {
  const faults = [...(kind.faults ?? [])];
  const reading = value === undefined ? undefined : kind.read(value);
  if (reading?.kind === "fault") faults.push(`its default ${reading.fault}`);
  // As a body's value would be kept, such as a date in UTC.
  const absent = reading?.kind === "value" ? reading.value : value;
  return {
    type: kind.type,
    is: kind.is,
    read: kind.read,
    schema: absent === undefined ? kind.schema : { ...kind.schema, default: absent },
    faults,
    isOptional: false,
    absent: absent === undefined ? { kind: "required" } : { kind: "value", value: absent },
  };
}

function fault(text: string): { readonly kind: "fault"; readonly fault: string } {
  return { kind: "fault", fault: text };
}

function sound<Value>(value: Value): { readonly kind: "value"; readonly value: Value } {
  return { kind: "value", value };
}

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number";

/** A text. */
export interface TextOptions extends WithDefault<string> {
  /** The bounds of its length, in UTF-16 units: 1 and 10,000 by default, which is the most. */
  readonly shortest?: number;
  readonly longest?: number;
  /** What the whole text must match, such as `/^[a-z]+$/u`; `says` completes "must be …" for people. */
  readonly pattern?: { readonly matches: RegExp; readonly says: string };
}

export function text(options: TextOptions = {}): Member<string> {
  const { shortest = 1, longest = longestText, pattern } = options;
  const whole = pattern && { pattern: wholeOf(pattern.matches), says: pattern.says };
  const isSound =
    Number.isInteger(shortest) &&
    Number.isInteger(longest) &&
    shortest >= 0 &&
    shortest <= longest &&
    longest <= longestText;
  return member<string>(
    {
      type: "string",
      is: isText,
      read(value) {
        if (typeof value !== "string") return fault("must be a string.");
        const wrong = malformed(value, shortest, longest);
        if (wrong !== undefined) return fault(wrong);
        return whole !== undefined && !whole.pattern.test(value)
          ? fault(`must be ${whole.says}.`)
          : sound(value);
      },
      schema: {
        type: "string",
        minLength: shortest,
        maxLength: longest,
        ...(whole && { pattern: whole.pattern.source }),
      },
      faults: [
        ...(isSound
          ? []
          : [`its lengths must be whole numbers, and 0 ≤ shortest ≤ longest ≤ ${longestText}`]),
        ...(pattern && /[ims]/.test(pattern.matches.flags)
          ? ["its pattern must not have the flags i, m and s, which the contract cannot say"]
          : []),
      ],
    },
    options,
  );
}

/** Returns the pattern that a whole text must match. With the flag `g` or `y` it would remember where it ended. */
function wholeOf({ source, flags }: RegExp): RegExp {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, ""));
}

/** One of some texts. */
export function oneOf<const Value extends string>(
  values: readonly [Value, ...Value[]],
  options: WithDefault<Value> = {},
): Member<Value> {
  const known: ReadonlySet<unknown> = new Set(values);
  const is = (value: unknown): value is Value => known.has(value);
  const wrong = values.filter((value) => malformed(value, 1, longestText) !== undefined);
  return member(
    {
      type: "string",
      is,
      read: (value) => (is(value) ? sound(value) : fault(`must be one of ${values.join(", ")}.`)),
      schema: { type: "string", enum: [...values] },
      faults: [
        ...(known.size < values.length ? ["it names a value twice"] : []),
        ...(wrong.length > 0 ? ["a value is empty, too long or malformed"] : []),
      ],
    },
    options,
  );
}

export function boolean(options: WithDefault<boolean> = {}): Member<boolean> {
  return member<boolean>(
    {
      type: "boolean",
      is: (value) => typeof value === "boolean",
      read: (value) =>
        typeof value === "boolean" ? sound(value) : fault("must be true or false."),
      schema: { type: "boolean" },
    },
    options,
  );
}

/** The bounds of a number. */
interface Bounds extends WithDefault<number> {
  readonly least?: number;
  readonly most?: number;
}

/** A whole number of 32 bits. */
export function integer(options: Bounds = {}): Member<number> {
  const { least = -(2 ** 31), most = 2 ** 31 - 1 } = options;
  const isSound = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  const bounds = [least, most].every((one) => Number.isInteger(one) && (one | 0) === one);
  return member<number>(
    {
      type: "integer",
      is: isNumber,
      read: (value) =>
        typeof value === "number" && isSound(value)
          ? sound(value + 0)
          : fault(`must be a whole number from ${least} to ${most}.`),
      schema: { type: "integer", minimum: least, maximum: most },
      faults:
        bounds && least <= most ? [] : ["its bounds must be whole numbers of 32 bits in order"],
    },
    options,
  );
}

/** A number of double precision. */
export function number(options: Bounds = {}): Member<number> {
  const { least, most } = options;
  const [low, high] = [least ?? Number.NEGATIVE_INFINITY, most ?? Number.POSITIVE_INFINITY];
  const words = [
    ...(least === undefined ? [] : [` from ${least}`]),
    ...(most === undefined ? [] : [` to ${most}`]),
  ].join("");
  return member<number>(
    {
      type: "number",
      is: isNumber,
      read: (value) =>
        typeof value === "number" && Number.isFinite(value) && value >= low && value <= high
          ? // JSON.stringify and storage know no negative zero.
            sound(value + 0)
          : fault(`must be a number${words}.`),
      schema: {
        type: "number",
        ...(least !== undefined && { minimum: least }),
        ...(most !== undefined && { maximum: most }),
      },
      faults:
        low <= high && [least ?? 0, most ?? 0].every(Number.isFinite)
          ? []
          : ["its bounds must be numbers in order, and finite"],
    },
    options,
  );
}

/** A date with a time. It is kept in UTC, with milliseconds. */
export function date(options: WithDefault<string> = {}): Member<string> {
  return member<string>(
    {
      type: "date",
      is: isText,
      read(value) {
        const read = typeof value === "string" ? readDate(value) : undefined;
        return read === undefined
          ? fault("must be a date with a time, such as 2013-01-31T23:59:59.999Z.")
          : sound(`${read.slice(0, "2013-01-01T00:00:00.000".length)}Z`);
      },
      schema: { type: "string", format: "date-time" },
    },
    options,
  );
}

/** A user's id, such as `facebook:123`. */
export function user(options: WithDefault<UserId> = {}): Member<UserId> {
  return member<UserId>(
    {
      type: "string",
      is: isUserId,
      read: (value) =>
        isUserId(value) ? sound(value) : fault("must be a user's id, such as facebook:123."),
      schema: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,63}:.+$" },
    },
    options,
  );
}

/** A member that may be null, which is what it is if a body does not name it. It has no other default. */
export function optional<Value extends string | number | boolean>(
  of: Member<Value>,
): Member<Value | null> {
  const { type, ...more } = of.schema;
  return {
    ...of,
    isOptional: true,
    absent: { kind: "value", value: null },
    is: (value): value is Value | null => value === null || of.is(value),
    read: (value) => (value === null ? sound(null) : of.read(value)),
    schema: {
      ...more,
      type: [type, "null"],
      ...(Array.isArray(more["enum"]) && { enum: [...more["enum"], null] }),
    },
    faults: [
      ...of.faults,
      ...(of.absent.kind === "value" ? ["an optional member has no other default than null"] : []),
    ],
  };
}
