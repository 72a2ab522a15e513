import { RestError, type TableEntity } from "@azure/data-tables";
import type { StorageClients } from "../storage/storageAccount.ts";
import { type TodoRow, type TodoTable, tableName, type Unavailable } from "./todoTable.ts";

/** How long one call to storage may take, in milliseconds. */
const deadline = 5_000;

/**
 * Fulfils what items need of storage, on the table `TodoItem`, which is created where it is missing.
 * Every call is one try: the client's own retry of an insert would answer 409 to itself.
 */
export function createAzureTodoTable(storage: StorageClients): TodoTable {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });
  const abortSignal = () => AbortSignal.timeout(deadline);

  async function insert(entity: TableEntity<object>): Promise<string> {
    const { etag = "" } = await client.createEntity(entity, { abortSignal: abortSignal() });
    return versionOf(etag);
  }

  return {
    async insert(partition, { id, ...columns }, latest) {
      const entity = { partitionKey: partition, rowKey: id, ...columns };
      if (Date.now() > latest) return { kind: "unavailable" };
      try {
        return { kind: "inserted", version: await insert(entity) };
      } catch (error) {
        if (!isCode(error, "TableNotFound")) return insertFailure(error);
      }
      try {
        await client.createTable({ abortSignal: abortSignal() });
        if (Date.now() > latest) return { kind: "unavailable" };
        return { kind: "inserted", version: await insert(entity) };
      } catch (error) {
        return insertFailure(error);
      }
    },

    async get(partition, id) {
      try {
        const entity = await client.getEntity<Omit<TodoRow, "id">>(partition, id, {
          abortSignal: abortSignal(),
        });
        const { text, complete, createdAt, updatedAt, contentDigest, intentId, etag } = entity;
        const row = { id, text, complete, createdAt, updatedAt, contentDigest, intentId };
        return { kind: "found", row: { ...row, version: versionOf(etag) } };
      } catch (error) {
        if (isCode(error, "ResourceNotFound")) return { kind: "absent" };
        return unavailable(error);
      }
    },
  };
}

/** An entity tag of storage in characters that stand anywhere. */
function versionOf(etag: string): string {
  return Buffer.from(etag).toString("base64url");
}

function insertFailure(error: unknown): { readonly kind: "exists" } | Unavailable {
  return isCode(error, "EntityAlreadyExists") ? { kind: "exists" } : unavailable(error);
}

/**
 * No answer, one that came too late, or one that says to try again.
 *
 * @throws what else went wrong: refused credentials, or a request that is our fault
 */
function unavailable(error: unknown): Unavailable {
  const passing =
    error instanceof RestError
      ? error.statusCode === undefined ||
        [408, 409, 429].includes(error.statusCode) ||
        error.statusCode >= 500
      : error instanceof Error && error.name === "AbortError";
  if (!passing) throw error;
  return { kind: "unavailable" };
}

/** Whether storage answered with this error code, which stands in the body of its answer. */
function isCode(error: unknown, code: string): boolean {
  return error instanceof RestError && error.message.includes(`"code":"${code}"`);
}
