import type { HttpResponseInit } from "@azure/functions";
import { jsonAnswer } from "../../http/answer.ts";
import type { Table } from "../table.ts";
import { type ListQuery, linkedOptions } from "./listQuery.ts";
import type { Next, RowPage } from "./listRows.ts";
import { writePosition } from "./position.ts";

/**
 * Returns the response with a page of rows: an array, or an object around it if a count was requested.
 * The `Link` header (RFC 8288) and `nextLink` in the object hold the link to the next page.
 *
 * @param parameters the parameters of the request, from which the link is made
 */
export function listAnswer(
  table: Table,
  { rows, count, next }: RowPage,
  { select }: ListQuery,
  parameters: URLSearchParams,
): HttpResponseInit {
  const results = select
    ? rows.map((row) => Object.fromEntries(select.map((member) => [member, row[member]])))
    : rows;
  const nextLink = next && linkTo(table, next, parameters);
  return jsonAnswer(
    200,
    count === undefined ? results : { count, results, ...(nextLink && { nextLink }) },
    nextLink === undefined ? {} : { Link: `<${nextLink}>; rel="next"` },
  );
}

/** Returns a link relative to the host, because the app may not know its public name. */
function linkTo({ name }: Table, { after, top }: Next, parameters: URLSearchParams): string {
  const query = linkedOptions(parameters);
  query.delete("$skip");
  if (top !== undefined) query.set("$top", String(top));
  query.set("$skiptoken", writePosition(after));
  return `/tables/${name}?${query}`;
}
