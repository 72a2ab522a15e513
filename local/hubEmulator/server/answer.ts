import { randomUUID } from "node:crypto";
import { buildXml } from "../formats/xml.ts";
import type { Hub } from "../hub.ts";
import type { RequestSubject } from "../world/requests.ts";

/** The emulator's response to one request. */
export interface Answer {
  readonly status: number;
  /** What the record of requests says about it. */
  readonly about?: RequestSubject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Returns an error response in the service's format:
 * `<Error><Code>…</Code><Detail>….TrackingId:…,TimeStamp:…</Detail></Error>`.
 *
 * @param detail a sentence without the full stop
 * @param shown what the client sees of it
 */
export function refuse(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  shown = detail,
): Answer {
  const trackingId = randomUUID();
  return {
    status,
    about: { detail },
    headers: {
      "content-type": "application/xml; charset=utf-8",
      trackingid: trackingId,
      ...headers,
    },
    body: buildXml({
      Error: {
        Code: status,
        Detail: `${shown}.TrackingId:${trackingId},TimeStamp:${timeStamp(new Date())}`,
      },
    }),
  };
}

/**
 * Returns a 404 about a registration, an installation or a notification. Since 2023 the service does not say what is
 * missing.
 */
export function notFound({ service }: Pick<Hub, "service">, detail: string): Answer {
  return refuse(404, detail, {}, service === "2022" ? detail : "");
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
