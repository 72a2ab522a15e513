import { badInput, type Fault, type Problem, serviceUnavailable } from "../../http/problem.ts";
import type { Expression } from "../../odata/expression.ts";
import { parseFilter } from "../../odata/parseFilter.ts";
import type { Table } from "../table.ts";
import { mostOrdered, type Position, readPosition, type SortKey } from "./position.ts";
import { filteredByStorage } from "./tableFilter.ts";

/** The query options of a list, parsed. */
export interface ListQuery {
  readonly filter?: Expression;
  /** Ends with the id, so that no two rows have the same position. */
  readonly order: readonly SortKey[];
  readonly skip: number;
  /** The maximum number of rows, on all pages together. If omitted, there is no limit. */
  readonly top?: number;
  /** The members to return. If omitted, all members are returned. */
  readonly select?: readonly Selected[];
  /** Whether to return the number of rows that pass the filter, regardless of `skip` and `top`. */
  readonly counted: boolean;
  /** Only rows after this position are returned. */
  readonly after?: Position;
  /** Whether rows that have been deleted are returned too, and each row says whether it is. */
  readonly includeDeleted: boolean;
}

/** A member to return, and the name that the client writes. */
export interface Selected {
  readonly name: string;
  readonly written: string;
}

export type ListQueryReading =
  | { readonly kind: "query"; readonly query: ListQuery }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Returns the problem of a list that would read too many rows. */
export function tooManyToRead(table: Table): Problem {
  return {
    name: "too-many-items",
    status: 400,
    detail:
      "This query would read more than 10,000 of your items. Narrow $filter with comparisons of " +
      `${anyOf(filteredByStorage(table))}, joined by and. Or leave out $orderby, $skip and $inlinecount.`,
  };
}

/** Returns the problem of a list whose filter would compare too much text. */
export function tooCostlyToFilter(table: Table): Problem {
  const short = filteredByStorage(table).filter(
    (name) => name === "id" || table.types.get(name) !== "string",
  );
  return {
    name: "filter-too-costly",
    status: 400,
    detail:
      "This $filter would look at too many characters of your items, or make too long a text. Narrow it " +
      `with comparisons of ${anyOf(short)}, joined by and, or use fewer calls of functions.`,
  };
}

function anyOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** The problem of a list that found no slot: see `scanSlots.ts`. */
export const tooBusy = serviceUnavailable(
  "too-busy",
  "Too many lists are being computed. Try again soon.",
  5,
);

/** Records a fault in a query option. @param position in UTF-16 units, from 1 */
type Fail = (position: number, expected: string) => undefined;

/** The options that a link to the next page repeats. */
const standardOptions = ["$filter", "$orderby", "$top", "$skip", "$select", "$inlinecount"];
const repeatedOptions = [...standardOptions, "__includeDeleted"];
const options = [...standardOptions, "$skiptoken"];

/**
 * The maximum length of the options, URL-encoded. With a position, which takes up to 2,200 characters more, a link
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
export function readListQuery(table: Table, parameters: URLSearchParams): ListQueryReading {
  const aMember = () => {
    const names = new Set([...table.queryMembers.values()].map(({ name }) => name));
    return `one of ${[...names].join(", ")}`;
  };
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

  const filter = option("$filter", (text, fail) =>
    text.trim() ? readFilter(text, fail) : undefined,
  );
  const order = total(option("$orderby", readOrder) ?? []);
  const top = option("$top", readNumber);
  const skip = option("$skip", readNumber) ?? 0;
  const select = option("$select", readSelect);
  const counted = option("$inlinecount", readInlineCount) ?? false;
  const after = option(
    "$skiptoken",
    (text, fail) =>
      readPosition(table, text, order) ?? fail(1, "the value from a link to the next page"),
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
    // The first library of iOS writes 1. Any other value means no.
    includeDeleted:
      table.softDelete && /^(?:true|1)$/i.test(parameters.get("__includeDeleted") ?? ""),
  };
  return { kind: "query", query };

  function readFilter(text: string, fail: Fail): Expression | undefined {
    const parsed = parseFilter(text, table.queryMembers);
    return parsed.kind === "filter" ? parsed.filter : fail(parsed.position, parsed.expected);
  }

  function readOrder(text: string, fail: Fail): SortKey[] | undefined {
    const expected = () =>
      `${aMember()}, once, optionally with asc or desc, and at most ${mostOrdered} members`;
    return readParts(text, fail, expected, (part, before) => {
      const [, name = "", direction] = /^(\w+)(?: +(asc|desc))?$/.exec(part) ?? [];
      const member = table.queryMembers.get(name)?.name;
      if (member === undefined || before.some((one) => one.member === member)) return undefined;
      const key = { member, descending: direction === "desc" };
      return [...before, key].filter(({ member }) => member !== "id").length > mostOrdered
        ? undefined
        : key;
    });
  }

  function readSelect(text: string, fail: Fail): Selected[] | undefined {
    return readParts(text, fail, aMember, (written) => {
      const name = table.queryMembers.get(written)?.name;
      return name === undefined ? undefined : { name, written };
    });
  }
}

/** Ends an order with the id, so that rows with otherwise equal members are ordered by id. */
function total(order: readonly SortKey[]): readonly SortKey[] {
  const end = order.findIndex(({ member }) => member === "id");
  return end < 0 ? [...order, { member: "id", descending: false }] : order.slice(0, end + 1);
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
  expected: () => string,
  readPart: (part: string, before: readonly T[]) => T | undefined,
): T[] | undefined {
  const parts: T[] = [];
  let position = 1;
  for (const piece of text.split(",")) {
    const part = readPart(piece.trim(), parts);
    if (part === undefined) return fail(position, expected());
    parts.push(part);
    position += piece.length + 1;
  }
  return parts;
}
