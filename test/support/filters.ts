import fc from "fast-check";
import type { Item } from "./todoItems.ts";

/** A filter and its meaning, which is independent of the code under test. */
export interface MeantFilter {
  readonly text: string;
  readonly holds: (item: Item) => boolean;
}

const operators = ["eq", "ne", "gt", "ge", "lt", "le"] as const;
type Operator = (typeof operators)[number];

function compared<T>(operator: Operator, left: T, right: T): boolean {
  const meanings = {
    eq: left === right,
    ne: left !== right,
    gt: left > right,
    ge: left >= right,
    lt: left < right,
    le: left <= right,
  };
  return meanings[operator];
}

/** Few pieces, so that texts are often equal, including every kind that a layer may mishandle. */
const pieces = [
  "a",
  "b",
  "B",
  "'",
  "''",
  " ",
  " or ",
  "%",
  "é",
  "\uffee",
  "🥛",
  "\u0000",
  "\u200f",
];

export const someText = fc.string({
  unit: fc.constantFrom(...pieces),
  minLength: 1,
  maxLength: 3,
});

const someId = fc.string({
  unit: fc.constantFrom("0", "5", "a", "f", "-", "_"),
  minLength: 1,
  maxLength: 3,
});

/** Times within a few milliseconds, so that a literal often equals the time of an item. */
const someTime = fc.integer({ min: 0, max: 5 }).map((ms) => Date.UTC(2026, 1, 28, 23, 59, 59) + ms);

/** Items without a version, which storage assigns. */
export const someItem = fc.record({
  id: fc.uuid(),
  text: someText,
  complete: fc.boolean(),
  createdAt: someTime.map((time) => new Date(time).toISOString()),
  updatedAt: someTime.map((time) => new Date(time).toISOString()),
});

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

type Read<T> = { readonly text: string; readonly of: (item: Item) => T };

const stringOperand: fc.Arbitrary<Read<string>> = fc.oneof(
  fc.constantFrom("id", "text", "version").map((name) => {
    return { text: name, of: (item: Item) => String(new Map(Object.entries(item)).get(name)) };
  }),
  fc
    .oneof(someText, someId, fc.constant(""))
    .map((value) => ({ text: quoted(value), of: () => value })),
);

/** A date literal. Its value is in ticks: ten-millionths of a second. */
const dateLiteral: fc.Arbitrary<Read<bigint>> = fc
  .record({
    time: someTime,
    ticks: fc.constantFrom(0, 0, 1, 9_999, 5_000),
    offset: fc.constantFrom("Z", "", "+02:00", "-11:30"),
    form: fc.constantFrom("bare", "datetime", "datetimeoffset"),
  })
  .map(({ time, ticks, offset, form }) => {
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
    const away = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
    const local = new Date(time + away * 60_000).toISOString().slice(0, -1);
    const written = `${local}${ticks === 0 ? "" : String(ticks).padStart(4, "0")}${offset}`;
    return {
      text: form === "bare" ? written : `${form}'${written}'`,
      of: () => BigInt(time) * 10_000n + BigInt(ticks),
    };
  });

/** Returns ten-millionths of a second. */
function ticksOf(date: string): bigint {
  const [, fraction = ""] = /\.\d{3}(\d*)Z$/.exec(date) ?? [];
  return BigInt(Date.parse(date)) * 10_000n + BigInt(fraction.padEnd(4, "0"));
}

const dateOperand: fc.Arbitrary<Read<bigint>> = fc.oneof(
  fc.constantFrom("createdAt" as const, "updatedAt" as const).map((name) => {
    return { text: name, of: (item: Item) => ticksOf(item[name]) };
  }),
  dateLiteral,
);

function comparison<T>(operand: fc.Arbitrary<Read<T>>): fc.Arbitrary<MeantFilter> {
  return fc
    .tuple(operand, fc.constantFrom(...operators), operand)
    .map(([left, operator, right]) => ({
      text: `${left.text} ${operator} ${right.text}`,
      holds: (item) => compared(operator, left.of(item), right.of(item)),
    }));
}

const call: fc.Arbitrary<MeantFilter> = fc
  .tuple(fc.constantFrom("startswith", "contains"), stringOperand, stringOperand)
  .map(([name, text, part]) => ({
    text: `${name}(${text.text},${part.text})`,
    holds: (item) =>
      name === "startswith"
        ? text.of(item).startsWith(part.of(item))
        : text.of(item).includes(part.of(item)),
  }));

const bare: fc.Arbitrary<MeantFilter> = fc.constantFrom(
  { text: "complete", holds: (item: Item) => item.complete },
  { text: "true", holds: () => true },
  { text: "false", holds: () => false },
);

/** Compares a filter with a boolean, as some old clients do with calls. */
function comparedWithBoolean(filter: fc.Arbitrary<MeantFilter>): fc.Arbitrary<MeantFilter> {
  return fc
    .tuple(filter, fc.constantFrom("eq", "ne"), fc.boolean(), fc.boolean())
    .map(([{ text, holds }, operator, value, flipped]) => ({
      text: flipped ? `${value} ${operator} ${text}` : `${text} ${operator} ${value}`,
      holds: (item) => (holds(item) === value) === (operator === "eq"),
    }));
}

function parenthesised(filter: fc.Arbitrary<MeantFilter>): fc.Arbitrary<MeantFilter> {
  return filter.map(({ text, holds }) => ({ text: `( ${text})`, holds }));
}

const leaf = fc.oneof(
  comparison(stringOperand),
  comparison(dateOperand),
  call,
  bare,
  comparedWithBoolean(fc.oneof(call, bare)),
);

/** Random filters of one or two conditions. Storage can evaluate many of them. */
export const someShortFilter: fc.Arbitrary<MeantFilter> = fc
  .array(leaf, { minLength: 1, maxLength: 2 })
  .map((leaves) => ({
    text: leaves.map(({ text }) => text).join(" and "),
    holds: (item) => leaves.every(({ holds }) => holds(item)),
  }));

/** Random filters of the whole supported syntax, including those that rely on precedence. */
export const someFilter: fc.Arbitrary<MeantFilter> = fc.letrec<{
  condition: MeantFilter;
  conjunction: MeantFilter;
  filter: MeantFilter;
}>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: tie("condition").map(({ text, holds }) => ({
        text: `not ${text}`,
        holds: (item: Item) => !holds(item),
      })),
    },
    { weight: 1, arbitrary: parenthesised(tie("filter")) },
    { weight: 1, arbitrary: comparedWithBoolean(parenthesised(tie("filter"))) },
  ),
  conjunction: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((conditions) => ({
    text: conditions.map(({ text }) => text).join(" and "),
    holds: (item) => conditions.every(({ holds }) => holds(item)),
  })),
  filter: fc.array(tie("conjunction"), { minLength: 1, maxLength: 3 }).map((conjunctions) => ({
    text: conjunctions.map(({ text }) => text).join("  or "),
    holds: (item) => conjunctions.some(({ holds }) => holds(item)),
  })),
})).filter;
