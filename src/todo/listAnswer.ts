import type { HttpResponseInit } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";
import type { ItemPage, Next } from "./listItems.ts";
import { type ListQuery, linkedOptions } from "./listQuery.ts";
import { writePosition } from "./position.ts";

/**
 * Returns the response with a page of items: an array, or an object around it if a count was requested.
 * The `Link` header (RFC 8288) and `nextLink` in the object hold the link to the next page.
 *
 * @param parameters the parameters of the request, from which the link is made
 */
export function listAnswer(
  { items, count, next }: ItemPage,
  { select }: ListQuery,
  parameters: URLSearchParams,
): HttpResponseInit {
  const results = select
    ? items.map((item) => Object.fromEntries(select.map((member) => [member, item[member]])))
    : items;
  const nextLink = next && linkTo(next, parameters);
  return jsonAnswer(
    200,
    count === undefined ? results : { count, results, ...(nextLink && { nextLink }) },
    nextLink === undefined ? {} : { Link: `<${nextLink}>; rel="next"` },
  );
}

/** Returns a link relative to the host, because the app may not know its public name. */
function linkTo({ after, top }: Next, parameters: URLSearchParams): string {
  const query = linkedOptions(parameters);
  query.delete("$skip");
  if (top !== undefined) query.set("$top", String(top));
  query.set("$skiptoken", writePosition(after));
  return `/tables/TodoItem?${query}`;
}
