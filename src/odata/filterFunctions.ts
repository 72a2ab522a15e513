import type { FilterFunction, Value, ValueType, Work } from "./expression.ts";

/*
 * The functions of a filter: those that the client libraries of 2013 to 2018 write, and `contains` of OData 4.0.
 * "MS-ODATA" is its section 2.2.3.6.1.1.1, "OData 4.0" its part 2 (URL conventions), section 5.1.1.4 and what follows.
 * Of null, every function is null (OData 4.0, 5.1.1.4).
 */

/** The most UTF-16 units of a text that a function makes. A body holds 65,536 bytes. One row must not compute for long. */
const longestMade = 100_000;

/** Adds the cost of a text that is to be made. @returns whether it may be made */
function mayMake(length: number, work: Work): boolean {
  work.characters += length > longestMade ? Number.POSITIVE_INFINITY : length;
  return work.characters <= work.most;
}

type Named = Omit<FilterFunction, "name">;

/** @param costOfOne what a character costs, beside 1: one in another case may be three */
function ofText(gives: ValueType, call: (text: string) => Value, costOfOne = 0): Named {
  return {
    ...{ takes: ["string"], least: 1, gives },
    call([text], work) {
      if (typeof text !== "string") return null;
      work.characters += costOfOne * text.length;
      return mayMake(text.length, work) ? call(text) : null;
    },
  };
}

/** @param cost of the call, in characters */
function ofTexts(
  gives: ValueType,
  cost: (text: string, other: string) => number,
  call: (text: string, other: string) => Value,
): Named {
  return {
    ...{ takes: ["string", "string"], least: 2, gives },
    call([text, other], work) {
      if (typeof text !== "string" || typeof other !== "string") return null;
      work.characters += 1 + cost(text, other);
      return work.characters <= work.most ? call(text, other) : null;
    },
  };
}

function ofNumber(gives: ValueType, call: (value: number) => number): Named {
  return {
    ...{ takes: ["number"], least: 1, gives },
    call: ([value], work) => {
      work.characters++;
      return typeof value === "number" ? call(value) : null;
    },
  };
}

/** A part of a date, in UTC: the dates of this app have no offset. @param first the index of its first digit */
function ofDate(first: number, length: number): Named {
  return {
    ...{ takes: ["date"], least: 1, gives: "integer" },
    call: ([date], work) => {
      work.characters++;
      return typeof date === "string" ? Number(date.slice(first, first + length)) : null;
    },
  };
}

const shorter = (text: string, part: string) => Math.min(text.length, part.length);

/** The search for a long part looks at a character many times, if the two are much alike. */
const search = (text: string, part: string) => text.length * Math.ceil((1 + part.length) / 16);

const replace: Named = {
  ...{ takes: ["string", "string", "string"], least: 3, gives: "string" },
  call([text, found, by], work) {
    if (typeof text !== "string" || typeof found !== "string" || typeof by !== "string") {
      return null;
    }
    // .NET refuses to look for an empty text, and JavaScript finds it everywhere.
    if (found === "") return text;
    work.characters += 1 + 2 * search(text, found) + 2 * text.length;
    if (work.characters > work.most) return null;
    let times = 0;
    for (let at = text.indexOf(found); at >= 0; at = text.indexOf(found, at + found.length))
      times++;
    const length = text.length + times * (by.length - found.length);
    // All of them are replaced (MS-ODATA), and `$&` is no pattern.
    return mayMake(length, work) ? text.split(found).join(by) : null;
  },
};

const substring: Named = {
  ...{ takes: ["string", "integer", "integer"], least: 2, gives: "string" },
  call(values, work) {
    const [text, from, length] = values;
    work.characters++;
    if (typeof text !== "string" || typeof from !== "number") return null;
    if (values.length > 2 && typeof length !== "number") return null;
    // The first character is at 0. What lies outside of the text is empty (OData 4.0, 5.1.1.4.6).
    if (!(from >= 0)) return "";
    // A fraction has no meaning here, and is cut off.
    const start = Math.trunc(from);
    return typeof length === "number"
      ? text.slice(start, start + Math.max(0, Math.trunc(length)))
      : text.slice(start);
  },
};

const concat = ofTexts(
  "string",
  () => 0,
  (text, other) => text + other,
);

const all: Readonly<Record<string, Named>> = {
  startswith: ofTexts("boolean", shorter, (text, part) => text.startsWith(part)),
  endswith: ofTexts("boolean", shorter, (text, part) => text.endsWith(part)),
  contains: ofTexts("boolean", search, (text, part) => text.includes(part)),
  // The part comes first (MS-ODATA).
  substringof: ofTexts(
    "boolean",
    (part, text) => search(text, part),
    (part, text) => text.includes(part),
  ),
  // The first character is at 0, and -1 says that there is none.
  indexof: ofTexts("integer", search, (text, part) => text.indexOf(part)),
  length: ofText("integer", (text) => text.length),
  // By Unicode, whatever the locale of the process.
  tolower: ofText("string", (text) => text.toLowerCase(), 3),
  toupper: ofText("string", (text) => text.toUpperCase(), 3),
  trim: ofText("string", (text) => text.trim()),
  concat: {
    ...concat,
    call(values, work) {
      const length = values.reduce<number>((sum, text) => sum + String(text).length, 0);
      return mayMake(length, work) ? concat.call(values, work) : null;
    },
  },
  replace,
  substring,
  // A half is rounded away from zero (OData 4.0, 5.1.1.9.1).
  round: ofNumber("number", (value) => Math.sign(value) * Math.round(Math.abs(value))),
  floor: ofNumber("number", Math.floor),
  ceiling: ofNumber("number", Math.ceil),
  year: ofDate(0, 4),
  month: ofDate(5, 2),
  day: ofDate(8, 2),
  hour: ofDate(11, 2),
  minute: ofDate(14, 2),
  second: ofDate(17, 2),
};

/** The functions of a filter, by their names. */
export const filterFunctions: ReadonlyMap<string, FilterFunction> = new Map(
  Object.entries(all).map(([name, one]) => [name, { name, ...one }]),
);
