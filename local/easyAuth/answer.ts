import type { ServerResponse } from "node:http";
import { cookieName } from "./session.ts";

export function page(status: number, text: string): Response {
  return new Response(text, { status });
}

export function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

/** Adds the session's token to a response as a cookie. @param token an empty one ends the cookie */
export function withCookie(response: Response, token: string): Response {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${token === "" ? "; Max-Age=0" : ""}`;
  response.headers.append("set-cookie", `${cookieName}=${token}; ${attributes}`);
  return response;
}

export async function write(outgoing: ServerResponse, response: Response): Promise<void> {
  const { status, headers } = response;
  outgoing.setHeaders(headers);
  outgoing.writeHead(status, { "cache-control": "no-store" });
  outgoing.end(await response.text());
}
