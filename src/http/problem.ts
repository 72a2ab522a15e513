import { STATUS_CODES } from "node:http";
import type { HttpResponseInit } from "@azure/functions";
import { answerHeaders } from "./answer.ts";

/** One error in the input. */
export interface Fault {
  /**
   * The place of the error: a JSON pointer into the body as a URI fragment (`#/text`, `#` for the whole
   * body), `/headers/NAME` for a request header, `/query/NAME` for a query option, or `/path/NAME` for a
   * part of the path.
   */
  readonly pointer: string;
  /** Says what is wrong and what is valid, without quoting the input. */
  readonly detail: string;
}

/**
 * The name of a kind of problem, the last part of its `type`. docs/errors.md explains each. Clients branch on it, so a
 * name that was released stays.
 */
export type ProblemName =
  | "being-forgotten"
  | "body-too-large"
  | "device-not-found"
  | "filter-too-costly"
  | "hub-refuses-app"
  | "hub-unavailable"
  | "id-taken"
  | "internal-error"
  | "invalid-request"
  | "invalid-token"
  | "item-not-found"
  | "keys-unavailable"
  | "message-not-found"
  | "missing-token"
  | "not-json"
  | "not-loaded"
  | "provider-not-found"
  | "registration-refused"
  | "sign-in-disabled"
  | "sign-in-refused"
  | "sign-in-unavailable"
  | "storage-refuses-app"
  | "storage-unavailable"
  | "too-busy"
  | "too-many-devices"
  | "too-many-items"
  | "too-many-messages"
  | "too-many-requests"
  | "two-tokens"
  | "unknown-client";

/** An error response before it is written as problem details. */
export interface Problem {
  readonly name: ProblemName;
  readonly status: number;
  /** One or more sentences for the caller. Never contains a token, a handle or another user's data. */
  readonly detail: string;
  /** All errors in the input, if the input caused the problem. */
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns a 400 that lists every fault. */
export function badInput(faults: readonly Fault[]): Problem {
  const detail = faults.map((fault) => fault.detail).join(" ");
  return { name: "invalid-request", status: 400, detail, faults };
}

/**
 * Returns the 503 for a dependency that is unreachable.
 *
 * @param retryAfterSeconds whole seconds for the `Retry-After` header
 */
export function serviceUnavailable(
  name: ProblemName,
  detail: string,
  retryAfterSeconds: number,
): Problem {
  return { name, status: 503, detail, headers: { "Retry-After": String(retryAfterSeconds) } };
}

/** Returns the 429 for a user who does something too often. @param seconds until the next time */
export function tooManyRequests(seconds: number): Problem {
  return {
    name: "too-many-requests",
    status: 429,
    detail: "You do this too often. Wait before you try again.",
    headers: { "Retry-After": String(seconds) },
  };
}

/**
 * Writes a problem as `application/problem+json` (RFC 9457). Its `error` member repeats the detail because
 * the tutorial's client libraries show that member.
 */
export function problemAnswer(problem: Problem): HttpResponseInit {
  return {
    status: problem.status,
    headers: answerHeaders("application/problem+json", problem.headers),
    body: JSON.stringify({
      type: `urn:problem-type:notify-users:${problem.name}`,
      title: STATUS_CODES[problem.status] ?? "Error",
      status: problem.status,
      detail: problem.detail,
      error: problem.detail,
      ...(problem.faults && { errors: problem.faults }),
    }),
  };
}
