import type { StorageFailure } from "../storage/failure.ts";
import { logBehind, logOutcome, type ProcessLog } from "./outcomes.ts";

export const tableName = "SendSwitch";

/** What an operator has set. Without a row, sending is on. */
export interface SwitchState {
  readonly isOff: boolean;
  /** When it was set, in ISO 8601; undefined if it never was. */
  readonly since?: string | undefined;
}

export type ReadSwitch = () => Promise<
  { readonly kind: "done"; readonly value: SwitchState } | StorageFailure
>;

/** Whether an operator has switched all sending off. Inserts go on meanwhile, and intents wait. */
export interface SendSwitch {
  /** Resolves when the switch has been read once, or could not be: before the first send of the process. */
  ready(): Promise<void>;
  isOff(): boolean;
}

/** How often the switch is read, in milliseconds. */
const interval = 15_000;

/** How many reads there are between two lines that say that sending is off: 5 minutes, as the alert looks every 15. */
const readsPerLine = 20;

/**
 * Reads the switch before the first send, and from then on by an interval of its own: no request waits for it. If it cannot be
 * read, sending goes on as it was.
 *
 * @param every in milliseconds
 */
export function createSendSwitch(
  read: ReadSwitch,
  processLog: ProcessLog,
  every: number = interval,
): SendSwitch {
  const log = logBehind(processLog);
  let isOff = false;
  let first: Promise<void> | undefined;
  let offReads = 0;

  async function refresh(): Promise<void> {
    const reading = await read();
    const before = isOff;
    if (reading.kind === "done") isOff = reading.value.isOff;
    if (!isOff && before) logOutcome(log, "sending-on", {});
    if (isOff && (!before || ++offReads % readsPerLine === 0)) logOutcome(log, "sending-off", {});
  }

  return {
    ready() {
      first ??= refresh().then(() => {
        setInterval(refresh, every).unref();
      });
      return first;
    },
    isOff: () => isOff,
  };
}
