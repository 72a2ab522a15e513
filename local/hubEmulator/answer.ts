import { randomUUID } from "node:crypto";
import { buildXml } from "./xml.ts";

/** What the emulator answers to one request. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A refusal in the service's own form: `<Error><Code>…</Code><Detail>….TrackingId:…,TimeStamp:…</Detail></Error>`.
 *
 * @param detail a sentence without its full stop
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

/** The form of a time in the service's errors: `11/7/2018 12:18:30 AM`, in UTC. */
function timeStamp(time: Date): string {
  const [date, clock] = time.toLocaleString("en-US", { timeZone: "UTC" }).split(", ");
  return `${date} ${clock?.replace(/\s/, " ")}`;
}

/** One thing that is wrong with the input of an `_emulator` route. */
export interface InputFault {
  /** Where it is, as a JSON Pointer (RFC 6901) into the body. */
  readonly pointer: string;
  readonly detail: string;
}

/** A refusal of an `_emulator` route, as problem details (RFC 9457). */
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
