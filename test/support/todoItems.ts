import { createHash } from "node:crypto";
import { TableClient, type TransactionAction } from "@azure/data-tables";
import * as v from "valibot";
import { type Answer, send } from "./client.ts";
import type { TestStack } from "./testStack.ts";

const todoItem = v.strictObject({
  id: v.string(),
  text: v.string(),
  complete: v.boolean(),
  createdAt: v.string(),
  updatedAt: v.string(),
  version: v.string(),
});

export type Item = v.InferOutput<typeof todoItem>;

/** Returns the item in a response. */
export function itemIn(answer: Answer): Item {
  return v.parse(todoItem, answer.body);
}

/** Returns the items in the response to a list request. */
export function itemsIn(answer: Answer): Item[] {
  return v.parse(v.array(todoItem), answer.body);
}

/** Sends a request of a signed-in user to the table. @param path the part after `/tables/TodoItem` */
export function todo(
  stack: TestStack,
  token: string,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  return send(stack, method, `/tables/TodoItem${path}`, {
    headers: { "x-zumo-auth": token, ...headers },
    body,
  });
}

/** Returns the encoded query of a list request, without options that are `undefined`. */
export function query(options: Record<string, string | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) given.set(name, value);
  }
  return `?${given}`;
}

/** Returns the path of the next page from the `Link` header, without `/tables/TodoItem`. */
export function nextIn({ headers }: Answer): string | undefined {
  const [, link] = /^<([^>]+)>; rel="next"$/.exec(headers.get("link") ?? "") ?? [];
  return link?.replace(/^\/tables\/TodoItem/, "");
}

/** Returns every page of a list, in order. Throws if a response is not 200. */
export async function pages(stack: TestStack, token: string, first: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let next: string | undefined = first; next !== undefined; ) {
    const answer = await todo(stack, token, "GET", next);
    if (answer.status !== 200) throw new Error(answer.text);
    answers.push(answer);
    next = nextIn(answer);
  }
  return answers;
}

/** Returns the partition key of a user of the stack's issuer. */
export function partitionOf(username: string): string {
  return createHash("sha256").update(`local:${username}`).digest("hex");
}

export function tableOf(connectionString: string): TableClient {
  return TableClient.fromConnectionString(connectionString, "TodoItem", {
    allowInsecureConnection: true,
  });
}

/** Writes items directly into the table, in batches of 100. */
export async function seed(
  storage: string,
  username: string,
  items: readonly Omit<Item, "version">[],
): Promise<void> {
  const table = tableOf(storage);
  await table.createTable();
  const partitionKey = partitionOf(username);
  for (let start = 0; start < items.length; start += 100) {
    const actions = items.slice(start, start + 100).map(({ id, ...columns }): TransactionAction => {
      return ["create", { partitionKey, rowKey: id, contentDigest: "", ...columns }];
    });
    await table.submitTransaction(actions);
  }
}
