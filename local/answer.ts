import type { ServerResponse } from "node:http";
import { cookieName } from "./easyAuth/session.ts";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function page(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

export function json(status: number, body: unknown): Answer {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return { status, headers, body: JSON.stringify(body) };
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location } };
}

/** Gives the session's token as a cookie. @param token none ends the cookie */
export function withCookie({ headers, ...answer }: Answer, token: string): Answer {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${token === "" ? "; Max-Age=0" : ""}`;
  return {
    ...answer,
    headers: { ...headers, "set-cookie": `${cookieName}=${token}; ${attributes}` },
  };
}

export function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "cache-control": "no-store", ...headers });
  response.end(body);
}
