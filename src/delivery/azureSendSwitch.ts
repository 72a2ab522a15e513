import { withDeadline } from "../http/deadline.ts";
import {
  ForeignResponseError,
  isAbsent,
  type StorageFailure,
  storageFailure,
} from "../storage/failure.ts";
import type { StorageClients } from "../storage/storageAccount.ts";
import { upsertEntity } from "../storage/upsertEntity.ts";
import { type ReadSwitch, type SwitchState, tableName } from "./sendSwitch.ts";

/** The time limit of one call to storage, in milliseconds: less than the interval of reading. */
const deadline = 5_000;

/** The table has one row. */
const key = ["switch", "sending"] as const;

export interface AzureSendSwitch {
  readonly read: ReadSwitch;
  /** Creates the table if it is missing. */
  write(state: SwitchState): Promise<{ readonly kind: "done" } | StorageFailure>;
}

/** Keeps the switch in the Azure table `SendSwitch`. Reading never rejects: what is unclear counts as unreadable. */
export function createAzureSendSwitch(storage: StorageClients): AzureSendSwitch {
  const client = storage.table(tableName, { retryOptions: { maxRetries: 0 } });
  return {
    async read() {
      try {
        const { isOff, since } = await withDeadline(deadline, (abortSignal) =>
          client.getEntity<{ isOff: unknown; since?: string }>(...key, { abortSignal }),
        );
        if (typeof isOff !== "boolean") throw new ForeignResponseError("This is no switch.");
        return { kind: "done", value: { isOff, since } };
      } catch (error) {
        if (isAbsent(error)) return { kind: "done", value: { isOff: false } };
        try {
          return storageFailure(error);
        } catch {
          return { kind: "unavailable" };
        }
      }
    },
    write: (state) =>
      upsertEntity(client, { partitionKey: key[0], rowKey: key[1], ...state }, deadline),
  };
}
