import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import { jsonAnswer } from "../../http/answer.ts";
import { isOfOldClient, withMilliseconds } from "../oldClient.ts";
import type { Entry } from "../rowTable.ts";
import type { Table } from "../table.ts";
import { type ListQuery, linkedOptions, type Selected } from "./listQuery.ts";
import type { EntryPage, Next } from "./listRows.ts";
import { writePosition } from "./position.ts";

/**
 * Returns the response with a page of entries: an array, or an object around it if a count was requested.
 * The `Link` header and `nextLink` in the object hold the link to the next page.
 *
 * @param request of which the link is made
 */
export function listAnswer(
  table: Table,
  { entries, count, next }: EntryPage,
  { select, includeDeleted }: ListQuery,
  request: Pick<HttpRequest, "headers" | "query" | "url">,
): HttpResponseInit {
  const isOld = isOfOldClient(request);
  const full = isOld ? entries.map(withMilliseconds) : entries;
  // Without it, the library of JavaScript stops a pull.
  const shownSelect =
    select && includeDeleted ? [...select, { name: "deleted", written: "deleted" }] : select;
  const results = shownSelect ? full.map((entry) => selected(entry, shownSelect)) : full;
  // Relative to the host, because the app may not know its public name.
  const path = next && linkTo(table, next, request.query);
  // The library of .NET takes what stands before the semicolon for the address, and the others read none.
  const nextLink = path !== undefined && isOld ? new URL(path, request.url).href : path;
  const link = isOld ? `${nextLink}; rel=next` : `<${nextLink}>; rel="next"`;
  return jsonAnswer(
    200,
    count === undefined ? results : { count, results, ...(nextLink && { nextLink }) },
    nextLink === undefined ? {} : { Link: link },
  );
}

function selected(entry: Entry, select: readonly Selected[]): Record<string, unknown> {
  return Object.fromEntries(
    select.map(({ name, written }) => [
      written,
      name === "deleted" ? (entry[name] ?? false) : entry[name],
    ]),
  );
}

function linkTo({ name }: Table, { after, top }: Next, parameters: URLSearchParams): string {
  const query = linkedOptions(parameters);
  query.delete("$skip");
  if (top !== undefined) query.set("$top", String(top));
  query.set("$skiptoken", writePosition(after));
  return `/tables/${name}?${query}`;
}
