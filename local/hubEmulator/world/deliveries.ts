import type { PlatformName } from "../registrations/registrationKinds.ts";
import { createNumberedLog, type NumberedLog } from "./numberedLog.ts";

/** A notification that reached a device. */
export interface Delivery {
  /** The number of the delivery, from 1. */
  readonly seq: number;
  /** The time in ISO 8601 format. */
  readonly at: string;
  readonly platform: PlatformName;
  readonly handle: string;
  /** Null if the notification was sent directly to a handle. */
  readonly registrationId: string | null;
  /** The headers that the push service received, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The exact payload. */
  readonly body: string;
  readonly notificationId: string;
}

export type Deliveries = NumberedLog<Omit<Delivery, "seq">>;

const maxKept = 100_000;

export function createDeliveries(): Deliveries {
  return createNumberedLog(maxKept);
}
