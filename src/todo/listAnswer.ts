import type { HttpResponseInit } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";
import type { ItemPage, Next } from "./listItems.ts";
import type { ListQuery } from "./listQuery.ts";
import { writePosition } from "./position.ts";

/**
 * A page of items as the answer: an array, or an object around it where a count was asked for. The link
 * to the next page is a `Link` header (RFC 8288), and `nextLink` in the object.
 *
 * @param parameters those of the request: the link repeats them
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

/** Relative to the host, whose public name the app may not know. */
function linkTo({ after, top }: Next, parameters: URLSearchParams): string {
  const query = new URLSearchParams(parameters);
  query.delete("$skip");
  if (top !== undefined) query.set("$top", String(top));
  query.set("$skiptoken", writePosition(after));
  return `/tables/TodoItem?${query}`;
}
