import { badInput, type Fault, type Problem, serviceUnavailable } from "../http/problem.ts";
import type { Expression, ValueType } from "../odata/expression.ts";
import { parseFilter } from "../odata/parseFilter.ts";
import { type Position, readPosition, type SortKey } from "./position.ts";
import { itemMembers, type TodoItem } from "./todoItem.ts";

/** The query options of a list, parsed. */
export interface ListQuery {
  readonly filter?: Expression;
  /** Ends with the id, so that no two items have the same position. */
  readonly order: readonly SortKey[];
  readonly skip: number;
  /** The maximum number of items, on all pages together. If omitted, there is no limit. */
  readonly top?: number;
  /** The members to return. If omitted, all members are returned. */
  readonly select?: readonly (keyof TodoItem)[];
  /** Whether to return the number of items that pass the filter, regardless of `skip` and `top`. */
  readonly counted: boolean;
  /** Only items after this position are returned. */
  readonly after?: Position;
}

export type ListQueryReading =
  | { readonly kind: "query"; readonly query: ListQuery }
  | { readonly kind: "problem"; readonly problem: Problem };

/** The problem of a list that would read too many items. */
export const tooManyToRead: Problem = {
  name: "too-many-items",
  status: 400,
  detail:
    "This query would read more than 10,000 of your items. Narrow $filter with comparisons of " +
    "id, text, complete, createdAt or updatedAt, joined by and. Or leave out $orderby, $skip and " +
    "$inlinecount.",
};

/** The problem of a list that found no slot: see `scanSlots.ts`. */
export const tooBusy = serviceUnavailable(
  "too-busy",
  "Too many lists are being computed. Try again soon.",
  5,
);

/** The problem of a list whose filter would compare too much text. */
export const tooCostlyToFilter: Problem = {
  name: "filter-too-costly",
  status: 400,
  detail:
    "This $filter would compare too many characters of your items. Narrow it with comparisons of id, complete, " +
    "createdAt or updatedAt, joined by and, or use fewer calls of contains and startswith.",
};

const memberTypes: ReadonlyMap<string, ValueType> = new Map(Object.entries(itemMembers));
const aMember = `one of ${[...memberTypes.keys()].join(", ")}`;

/** Records a fault in a query option. @param position in UTF-16 units, from 1 */
type Fail = (position: number, expected: string) => undefined;

/** The options that a link to the next page repeats. */
const repeatedOptions = ["$filter", "$orderby", "$top", "$skip", "$select", "$inlinecount"];
const options = [...repeatedOptions, "$skiptoken"];

/**
 * The maximum length of the options, URL-encoded. With a position, which takes up to 2,700 characters more, a link
 * to the next page then fits into the 8,192 bytes of a request line that the Functions host accepts.
 */
const longestQuery = 5_000;

/** Returns the options of a list that a link to its next page repeats. */
export function linkedOptions(parameters: URLSearchParams): URLSearchParams {
  const linked = new URLSearchParams();
  for (const name of repeatedOptions) {
    const value = parameters.get(name);
    if (value !== null) linked.set(name, value);
  }
  return linked;
}

/**
 * Parses the query options of a list. Reports one fault for each malformed option and for each unknown
 * option that begins with `$`. Ignores all others, such as `__systemproperties` of old clients.
 */
export function readListQuery(parameters: URLSearchParams): ListQueryReading {
  const faults: Fault[] = [];
  for (const name of new Set(parameters.keys())) {
    if (name.startsWith("$") && !options.includes(name)) {
      const detail = `Unknown option. The options that begin with $ are ${options.join(", ")}.`;
      faults.push({ pointer: `/query/${encodeURIComponent(name.toWellFormed())}`, detail });
    }
  }
  if (linkedOptions(parameters).toString().length > longestQuery) {
    const detail = "The query options are too long: use at most 5,000 characters, URL-encoded.";
    return { kind: "problem", problem: badInput([{ pointer: "/query", detail }]) };
  }
  function option<T>(name: string, read: (text: string, fail: Fail) => T | undefined) {
    const text = parameters.get(name);
    if (text === null) return undefined;
    return read(text, (position, expected) => {
      const detail = `${name} is malformed at position ${position}: expected ${expected}.`;
      faults.push({ pointer: `/query/${name}`, detail });
    });
  }

  const filter = option("$filter", readFilter);
  const order = total(option("$orderby", readOrder) ?? []);
  const top = option("$top", readNumber);
  const skip = option("$skip", readNumber) ?? 0;
  const select = option("$select", readSelect);
  const counted = option("$inlinecount", readInlineCount) ?? false;
  const after = option(
    "$skiptoken",
    (text, fail) => readPosition(text, order) ?? fail(1, "the value from a link to the next page"),
  );
  if (faults.length > 0) return { kind: "problem", problem: badInput(faults) };
  const query = {
    order,
    skip,
    counted,
    ...(filter && { filter }),
    ...(top !== undefined && { top }),
    ...(select && { select }),
    ...(after && { after }),
  };
  return { kind: "query", query };
}

function readFilter(text: string, fail: Fail): Expression | undefined {
  const parsed = parseFilter(text, memberTypes);
  return parsed.kind === "filter" ? parsed.filter : fail(parsed.position, parsed.expected);
}

function readOrder(text: string, fail: Fail): SortKey[] | undefined {
  return readParts(text, fail, `${aMember}, once, optionally with asc or desc`, (part, before) => {
    const [, name = "", direction] = /^(\w+)(?: +(asc|desc))?$/.exec(part) ?? [];
    if (!isMember(name) || before.some(({ member }) => member === name)) return undefined;
    return { member: name, descending: direction === "desc" };
  });
}

/** Ends an order with the id, so that items with otherwise equal members are ordered by id. */
function total(order: readonly SortKey[]): readonly SortKey[] {
  const end = order.findIndex(({ member }) => member === "id");
  return end < 0 ? [...order, { member: "id", descending: false }] : order.slice(0, end + 1);
}

function readSelect(text: string, fail: Fail): (keyof TodoItem)[] | undefined {
  return readParts(text, fail, aMember, (part) => (isMember(part) ? part : undefined));
}

function readNumber(text: string, fail: Fail): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : fail(1, "a whole number from 0 to 999,999,999");
}

function readInlineCount(text: string, fail: Fail): boolean | undefined {
  return text === "allpages" || text === "none" ? text === "allpages" : fail(1, "allpages or none");
}

/** Parses parts that are separated by commas. @param readPart also receives the parts before */
function readParts<T>(
  text: string,
  fail: Fail,
  expected: string,
  readPart: (part: string, before: readonly T[]) => T | undefined,
): T[] | undefined {
  const parts: T[] = [];
  let position = 1;
  for (const piece of text.split(",")) {
    const part = readPart(piece.trim(), parts);
    if (part === undefined) return fail(position, expected);
    parts.push(part);
    position += piece.length + 1;
  }
  return parts;
}

function isMember(name: string): name is keyof TodoItem {
  return memberTypes.has(name);
}
