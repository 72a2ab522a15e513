import type { DeviceOutcome } from "../sending/outcomes.ts";
import { createNumberedLog, type NumberedLog } from "./numberedLog.ts";

/** A request to the hub and what came of it. It holds no signature and no body. */
export interface RequestRecord {
  /** The number of the request, from 1, in the order of the answers. */
  readonly seq: number;
  /** When it arrived, in ISO 8601 format. */
  readonly at: string;
  readonly method: string;
  /** The path and query, as sent. */
  readonly target: string;
  /** The status of the answer. Absent if a fault rule dropped the connection or never answered. */
  readonly status?: number;
  /** From the arrival to the answer, in milliseconds. */
  readonly durationMs: number;
  /** The operation, such as `createRegistration`. Absent if the hub has none for the method and path. */
  readonly operation?: string;
  /** The value of `ServiceBusNotification-Format`, in lower case, if the request has one. */
  readonly format?: string;
  /** The value of `ServiceBusNotification-Tags`, if the request has one. */
  readonly tags?: string;
  /** The key of a send by which a device replaces an earlier copy, if it has one. */
  readonly replacementKey?: string;
  /** Why the hub refused the request. */
  readonly detail?: string;
  /** Whether a fault rule changed the answer. */
  readonly fault?: true;
  readonly registrationId?: string;
  readonly installationId?: string;
  readonly notificationId?: string;
  readonly send?: SendRecord;
}

/** A send, as the hub did it. */
export interface SendRecord {
  /** The value of `ServiceBusNotification-Format`, in lower case. */
  readonly format: string;
  /** The tag expression. Absent in a broadcast and in a send to a handle. */
  readonly tags?: string;
  /** How many devices it was for. */
  readonly devices: number;
  readonly delivered: number;
  /** The first 20 devices, those first that did not get it. */
  readonly targets: readonly DeviceOutcome[];
}

/** What an answer says about its request for the record. */
export type RequestSubject = Pick<
  RequestRecord,
  "detail" | "registrationId" | "installationId" | "notificationId" | "send"
>;

export type Requests = NumberedLog<Omit<RequestRecord, "seq">>;

const maxKept = 10_000;
const maxTargets = 20;

export function createRequests(): Requests {
  return createNumberedLog(maxKept);
}

export function sendRecord(
  format: string,
  tags: string | undefined,
  outcomes: readonly DeviceOutcome[],
): SendRecord {
  const missed = outcomes.filter(({ outcome }) => outcome !== "Success");
  const targets =
    missed.length === 0
      ? outcomes.slice(0, maxTargets)
      : [...missed, ...outcomes.filter(({ outcome }) => outcome === "Success")].slice(
          0,
          maxTargets,
        );
  return {
    format,
    ...(tags !== undefined && { tags }),
    devices: outcomes.length,
    delivered: outcomes.length - missed.length,
    targets,
  };
}
