import type { HttpResponseInit } from "@azure/functions";

/**
 * The headers of every response. They prevent caching and content sniffing, and let a web page of an allowed
 * origin read what the platform's CORS does not expose.
 */
const everyAnswer = {
  "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After, WWW-Authenticate",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** Returns the headers of a response with a UTF-8 body. */
export function answerHeaders(
  mediaType: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { "Content-Type": `${mediaType}; charset=utf-8`, ...everyAnswer, ...more };
}

/** Returns a response with a JSON body. */
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

/** Returns a response without a body. */
export function emptyAnswer(
  status: 202 | 204 | 304 | 404,
  headers?: Readonly<Record<string, string>>,
): HttpResponseInit {
  return { status, headers: { ...everyAnswer, ...headers } };
}

/** Returns a redirect for a browser. @param location a path of this app or of its platform */
export function redirectAnswer(location: string): HttpResponseInit {
  return { status: 302, headers: { ...everyAnswer, Location: location } };
}
