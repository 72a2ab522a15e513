import type { HttpResponseInit } from "@azure/functions";

/** The headers of every answer: kept by no cache, taken for nothing else. */
const everyAnswer = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** The headers of every answer with a body, which is UTF-8. */
export function answerHeaders(
  mediaType: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { "Content-Type": `${mediaType}; charset=utf-8`, ...everyAnswer, ...more };
}

/** A successful answer with a JSON body. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): HttpResponseInit {
  return {
    status,
    headers: answerHeaders("application/json", headers),
    body: JSON.stringify(body),
  };
}

/** An answer without a body. */
export function emptyAnswer(
  status: 204 | 304,
  headers?: Readonly<Record<string, string>>,
): HttpResponseInit {
  return { status, headers: { ...everyAnswer, ...headers } };
}
