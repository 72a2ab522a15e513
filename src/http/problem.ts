import { STATUS_CODES } from "node:http";
import type { HttpResponseInit } from "@azure/functions";
import { answerHeaders } from "./answer.ts";

/** One thing that is wrong with the input. */
export interface Fault {
  /**
   * Where: a JSON pointer into the body as a URI fragment (`#/text`, `#` for the whole body), or
   * `/headers/NAME` for a request header, `/query/NAME` for a query option, `/path/NAME` for a part
   * of the path.
   */
  readonly pointer: string;
  /** What is wrong and what would be right, without quoting the input. */
  readonly detail: string;
}

/** An error answer, before it is written as problem details. */
export interface Problem {
  readonly status: number;
  /** One or more sentences for the person who called. Never a token, a handle or another's data. */
  readonly detail: string;
  /** Every fault of the input, where the input is at fault. */
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The 400 that names every fault; its detail is the faults' sentences unless one is given. */
export function badInput(faults: readonly Fault[], detail?: string): Problem {
  return { status: 400, detail: detail ?? faults.map((fault) => fault.detail).join(" "), faults };
}

/**
 * Something that the answer needs is out of reach for now.
 *
 * @param retryAfterSeconds whole seconds for the `Retry-After` header
 */
export function outOfReach(detail: string, retryAfterSeconds: number): Problem {
  return { status: 503, detail, headers: { "Retry-After": String(retryAfterSeconds) } };
}

/**
 * Writes a problem as `application/problem+json` (RFC 9457). Its `error` member repeats the detail:
 * that is the member which the tutorial's client libraries show.
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
