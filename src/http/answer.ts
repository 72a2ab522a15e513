import type { HttpResponseInit } from "@azure/functions";

/** The headers of every answer with a body: UTF-8, kept by no cache, taken for nothing else. */
export function answerHeaders(
  mediaType: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    "Content-Type": `${mediaType}; charset=utf-8`,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...more,
  };
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
