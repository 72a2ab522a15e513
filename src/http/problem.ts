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

/** An error response before it is written as problem details. */
export interface Problem {
  readonly status: number;
  /** One or more sentences for the caller. Never contains a token, a handle or another user's data. */
  readonly detail: string;
  /** All errors in the input, if the input caused the problem. */
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns a 400 that lists every fault. The default detail is the faults' sentences. */
export function badInput(faults: readonly Fault[], detail?: string): Problem {
  return { status: 400, detail: detail ?? faults.map((fault) => fault.detail).join(" "), faults };
}

/**
 * Returns the 503 for a dependency that is unreachable.
 *
 * @param retryAfterSeconds whole seconds for the `Retry-After` header
 */
export function serviceUnavailable(detail: string, retryAfterSeconds: number): Problem {
  return { status: 503, detail, headers: { "Retry-After": String(retryAfterSeconds) } };
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
      type: "about:blank",
      title: STATUS_CODES[problem.status] ?? "Error",
      status: problem.status,
      detail: problem.detail,
      error: problem.detail,
      ...(problem.faults && { errors: problem.faults }),
    }),
  };
}
