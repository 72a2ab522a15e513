import { randomUUID } from "node:crypto";
import { buildXml } from "./xml.ts";

/** The emulator's response to one request. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Returns an error response in the service's format:
 * `<Error><Code>…</Code><Detail>….TrackingId:…,TimeStamp:…</Detail></Error>`.
 *
 * @param detail a sentence without the full stop
 */
export function refuse(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const trackingId = randomUUID();
  return {
    status,
    headers: {
      "content-type": "application/xml; charset=utf-8",
      trackingid: trackingId,
      ...headers,
    },
    body: buildXml({
      Error: {
        Code: status,
        Detail: `${detail}.TrackingId:${trackingId},TimeStamp:${timeStamp(new Date())}`,
      },
    }),
  };
}

/** Formats a time as the service's errors do: `11/7/2018 12:18:30 AM`, in UTC. */
function timeStamp(time: Date): string {
  const [date, clock] = time.toLocaleString("en-US", { timeZone: "UTC" }).split(", ");
  return `${date} ${clock?.replace(/\s/, " ")}`;
}

/** One fault in the input of an `_emulator` route. */
export interface InputFault {
  /** The place of the fault, as a JSON Pointer (RFC 6901) into the body. */
  readonly pointer: string;
  readonly detail: string;
}

/** Returns an error response of an `_emulator` route, as problem details (RFC 9457). */
export function problem(
  status: number,
  title: string,
  detail: string,
  errors?: readonly InputFault[],
): Answer {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ type: "about:blank", title, status, detail, errors }),
  };
}

export function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(value),
  };
}
