import type { IncomingMessage, ServerResponse } from "node:http";
import type { OAuth2Service } from "oauth2-mock-server";
import { peoplePage } from "./peoplePage.ts";

/** How many codes that nobody has exchanged are kept. */
const mostCodes = 1_000;

/** The way in by a browser: a page to pick the person, and a code for whoever was picked. */
export interface Authorize {
  /** Answers a request to sign in that names nobody yet. @returns whether it did */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** Whose code a token request brings, if anybody's: to the address to which it was sent. */
  nameOf(tokenRequest: Readonly<Record<string, unknown>>): string | undefined;
  /** Takes back a code: it is good for one exchange. */
  forget(code: unknown): void;
}

/**
 * Adds the page to the library's `/authorize`, which sends everybody back at once. `username` names the
 * person, or `login_hint` (OpenID Connect Core 1.0, section 3.1.2.1), with which there is no page.
 *
 * It sends people back to loopback addresses only.
 */
export function createAuthorize(service: OAuth2Service): Authorize {
  const codes = new Map<unknown, { readonly name: string; readonly redirectUri: unknown }>();

  service.on("beforeAuthorizeRedirect", ({ url }: { url: URL }, request: IncomingMessage) => {
    const asked = parametersOf(request);
    const code = url.searchParams.get("code");
    if (code === null) return;
    codes.set(code, { name: personIn(asked) ?? "", redirectUri: asked.get("redirect_uri") });
    const [oldest] = codes.keys();
    if (codes.size > mostCodes) codes.delete(oldest);
  });

  return {
    answer(request, response) {
      if (request.method !== "GET" || !/^\/authorize(\?|$)/.test(request.url ?? "")) return false;
      const asked = parametersOf(request);
      const redirectUri = asked.get("redirect_uri") ?? "";
      if (!isLoopback(redirectUri)) {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end("redirect_uri is not an address of this machine.\n");
        return true;
      }
      if (asked.has("cancel")) {
        const back = new URL(redirectUri);
        back.searchParams.set("error", "access_denied");
        back.searchParams.set("state", asked.get("state") ?? "");
        response.writeHead(302, { location: back.href }).end();
        return true;
      }
      if (personIn(asked) !== undefined) return false;
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "cache-control": "no-store",
      });
      response.end(peoplePage(asked));
      return true;
    },
    nameOf({ code, redirect_uri }) {
      const known = codes.get(code);
      return known?.redirectUri === redirect_uri ? known?.name : undefined;
    },
    forget: (code) => void codes.delete(code),
  };
}

function parametersOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? "/", "http://issuer").searchParams;
}

function personIn(asked: URLSearchParams): string | undefined {
  return asked.get("username") || asked.get("login_hint") || undefined;
}

function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return /^https?:$/.test(protocol) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
