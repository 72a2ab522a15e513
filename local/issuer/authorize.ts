import type { IncomingMessage, ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import type { OAuth2Service } from "oauth2-mock-server";
import { isLoopback } from "../../src/http/secureUrl.ts";
import { peoplePage } from "./peoplePage.ts";

/** The maximum number of unused codes to keep. */
const mostCodes = 1_000;

/** The paths that redirect, each with the parameter that holds the target. */
const redirects: ReadonlyMap<string, string> = new Map([
  ["/authorize", "redirect_uri"],
  ["/endsession", "post_logout_redirect_uri"],
]);

/** Signs a user in with a browser: a page to pick the user, and a code for that user. */
export interface Authorize {
  /** Answers a sign-in without a user, a cancellation and an invalid redirect. @returns whether it did */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** Returns the user whose code is in a token request, if its address is the one that received the code. */
  nameOf(tokenRequest: Readonly<Record<string, unknown>>): string | undefined;
  /** Deletes a code, which is valid for one exchange only. */
  forget(code: unknown): void;
}

/**
 * Adds a page to the library's `/authorize`, which would redirect at once. There is no page if the request
 * names the user in `username` or `login_hint` (OpenID Connect Core 1.0, section 3.1.2.1).
 *
 * It redirects to loopback addresses only.
 */
export function createAuthorize(service: OAuth2Service): Authorize {
  const codes = new LRUCache<string, { readonly name: string; readonly redirectUri: unknown }>({
    max: mostCodes,
  });

  service.on("beforeAuthorizeRedirect", ({ url }: { url: URL }, request: IncomingMessage) => {
    const asked = addressOf(request)?.searchParams;
    const code = url.searchParams.get("code");
    if (code === null || !asked) return;
    codes.set(code, { name: personIn(asked) ?? "", redirectUri: asked.get("redirect_uri") });
  });

  return {
    answer(request, response) {
      const address = addressOf(request);
      const asked = address?.searchParams ?? new URLSearchParams();
      // The library also accepts a trailing slash.
      const path = address?.pathname.replace(/(?<=.)\/$/, "");
      const name = redirects.get(path ?? "");
      const redirectUri = asked.get(name ?? "") ?? "";
      if (path === undefined || (name !== undefined && !isOnThisMachine(redirectUri))) {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end(`${name ?? "The request"} must have a valid address on this machine.\n`);
        return true;
      }
      if (request.method !== "GET" || path !== "/authorize") return false;
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
      const known = codes.get(String(code));
      return known?.redirectUri === redirect_uri ? known?.name : undefined;
    },
    forget: (code) => void codes.delete(String(code)),
  };
}

/** Returns a request's address as the library reads it, or undefined if the library would throw. */
function addressOf({ url = "/" }: IncomingMessage): URL | undefined {
  return URL.canParse(url, "http://issuer") ? new URL(url, "http://issuer") : undefined;
}

function personIn(asked: URLSearchParams): string | undefined {
  return asked.get("username") || asked.get("login_hint") || undefined;
}

function isOnThisMachine(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return /^https?:$/.test(protocol) && isLoopback(hostname);
}
