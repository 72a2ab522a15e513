import type { IncomingMessage, ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import type { OAuth2Service } from "oauth2-mock-server";
import { isLoopback } from "../../src/http/secureUrl.ts";
import { peoplePage } from "./peoplePage.ts";

/** How many codes that nobody has exchanged are kept. */
const mostCodes = 1_000;

/** The paths that send people elsewhere, each with the parameter that says where. */
const redirects: ReadonlyMap<string, string> = new Map([
  ["/authorize", "redirect_uri"],
  ["/endsession", "post_logout_redirect_uri"],
]);

/** The way in by a browser: a page to pick the person, and a code for whoever was picked. */
export interface Authorize {
  /** Answers a request to sign in that names nobody yet, and one that leads elsewhere. @returns whether it did */
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
      // The library takes a slash at the end, too.
      const path = address?.pathname.replace(/(?<=.)\/$/, "");
      const name = redirects.get(path ?? "");
      const redirectUri = asked.get(name ?? "") ?? "";
      if (path === undefined || (name !== undefined && !isOnThisMachine(redirectUri))) {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end(`${name ?? "The request"} does not name an address of this machine.\n`);
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

/** A request's address as the library reads it; there is none where it would throw. */
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
