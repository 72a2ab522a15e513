import { RestError, TableClient, TableServiceClient } from "@azure/data-tables";

/** A stack, or the part of it that these functions need. */
interface WithStorage {
  readonly addresses: { readonly storage: string };
}

/** Returns a client for the stack's table of items. */
export function itemTable({ addresses }: WithStorage): TableClient {
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

/** Returns every row of every user; none if the table is missing. */
export async function itemRows(stack: WithStorage): Promise<ItemRow[]> {
  try {
    return await Array.fromAsync(itemTable(stack).listEntities<ItemRow>());
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return [];
    throw error;
  }
}

/** Deletes every row of every table. */
export async function emptyTables({ addresses }: WithStorage): Promise<void> {
  const options = { allowInsecureConnection: true };
  const service = TableServiceClient.fromConnectionString(addresses.storage, options);
  for await (const { name = "" } of service.listTables()) {
    const table = TableClient.fromConnectionString(addresses.storage, name, options);
    for await (const { partitionKey = "", rowKey = "" } of table.listEntities()) {
      await table.deleteEntity(partitionKey, rowKey);
    }
  }
}
