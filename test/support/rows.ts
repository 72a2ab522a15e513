import { RestError, TableClient } from "@azure/data-tables";
import type { TestStack } from "./testStack.ts";

/** The stack's table of items. */
export function itemTable({ addresses }: TestStack): TableClient {
  return TableClient.fromConnectionString(addresses.storage, "TodoItem", {
    allowInsecureConnection: true,
  });
}

export interface ItemRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly text: string;
  readonly intentId: string;
}

/** Every row of every user. */
export async function itemRows(stack: TestStack): Promise<ItemRow[]> {
  try {
    return await Array.fromAsync(itemTable(stack).listEntities<ItemRow>());
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}
