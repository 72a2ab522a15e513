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

/** Sends a browser on. @param location a path of this app or of its platform */
export function redirectAnswer(location: string): HttpResponseInit {
  return { status: 302, headers: { ...everyAnswer, Location: location } };
}

/** A page that says one thing, loads nothing, and tells nobody its address. */
export function pageAnswer(sentence: string): HttpResponseInit {
  return {
    status: 200,
    headers: answerHeaders("text/html", {
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Referrer-Policy": "no-referrer",
    }),
    body: `<!doctype html><html lang="en"><title>notify-users</title><p>${sentence}</p></html>`,
  };
}
