import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener } from "node:http";
import { LRUCache } from "lru-cache";
import { isJsonObject, parseJson } from "../../src/http/parseJson.ts";
import { readBody } from "../requestBody.ts";
import { page, redirect, withCookie, write } from "./answer.ts";
import { addPrincipal, dropPrincipal, idOf } from "./principal.ts";
import { type Provider, providers } from "./provider.ts";
import { createProviderTokens } from "./providerTokens.ts";
import { createSessions, type Session, type SessionToken } from "./session.ts";

/** The default lifetime of a session token, in seconds, as in Azure. */
export const defaultSessionSeconds = 8 * 60 * 60;

/** The maximum number of unfinished sign-ins to remember. */
const mostSignIns = 1_000;

/** The largest body that is read, in bytes. */
const largestBody = 64 * 1024;

export interface EasyAuthOptions {
  /** The address of the issuer that simulates the providers. */
  readonly issuer: string;
  /** The lifetime of a session token, in seconds. */
  readonly sessionSeconds: number;
  /**
   * Addresses outside this host at which a sign-in or sign-out may end, such as `myapp://easyauth.callback`. Their query
   * does not matter. They are `allowedExternalRedirectUrls` of the platform.
   */
  readonly externalRedirects?: readonly string[];
}

/** A browser sign-in in progress. */
interface SignIn {
  readonly provider: Provider;
  readonly redirectUri: string;
  /** Where the browser goes at the end: a path on this host, or an external address. */
  readonly end: string;
  /** Whether the address at the end holds the token. If not, a cookie does. */
  readonly withToken: boolean;
}

/**
 * Simulates App Service Authentication in front of a function app that accepts anonymous requests. It serves
 * `/.auth` and passes all other requests on, with the principal of the signed-in user, if there is one.
 */
export function createEasyAuth(
  options: EasyAuthOptions,
): (next: RequestListener) => RequestListener {
  const tokens = createProviderTokens(options.issuer);
  const sessions = createSessions(options.sessionSeconds);
  const external = new Set((options.externalRedirects ?? []).map(withoutQuery));
  const signIns = new LRUCache<string, SignIn>({ max: mostSignIns });

  async function answer(request: IncomingMessage, url: URL): Promise<Response> {
    const path = url.pathname.toLowerCase();
    const [, name = "", callback] = /^\/\.auth\/login\/([^/]+)(\/callback)?$/.exec(path) ?? [];
    const provider = providers.get(name);
    if (provider && callback !== undefined) return comeBack(url);
    if (provider && request.method === "POST") return exchange(provider, request);
    if (provider && request.method === "GET") return begin(provider, url);

    const session = sessions.find(request.headers);
    const notSignedIn = page(401, "You are not signed in.");
    switch (/^(GET|POST)$/.test(request.method ?? "") ? path : "") {
      case "/.auth/login/done":
        return page(200, "Signing in has ended. You can close this window.");
      case "/.auth/me":
        return session ? Response.json([describe(session)]) : notSignedIn;
      case "/.auth/refresh":
        return session ? refresh(session, request.headers.cookie !== undefined) : notSignedIn;
      case "/.auth/logout":
        return signOut(session, url);
      case "/.auth/logout/done":
        return page(200, "You are signed out.");
      default:
        return page(404, "This page does not exist.");
    }
  }

  function begin(provider: Provider, url: URL): Response {
    const asked = url.searchParams;
    const names = ["post_login_redirect_uri", "post_login_redirect_url"];
    const end = endOf(url, names, "/.auth/login/done", external);
    if (end === undefined) {
      return page(
        400,
        "The page after sign-in must be on this host, or an allowed external address.",
      );
    }
    const redirectUri = `${url.origin}/.auth/login/${provider.name}/callback`;
    const state = randomUUID();
    const withToken = asked.get("session_mode") === "token";
    signIns.set(state, { provider, redirectUri, end, withToken });
    const hint = asked.get("login_hint") ?? undefined;
    return redirect(tokens.authorizeUrl(provider.name, redirectUri, state, hint));
  }

  async function comeBack({ searchParams, pathname }: URL): Promise<Response> {
    const state = searchParams.get("state") ?? "";
    const signIn = signIns.get(state);
    signIns.delete(state);
    if (!signIn || new URL(signIn.redirectUri).pathname !== pathname) {
      return page(401, "This sign-in is unknown or already finished. Sign in again.");
    }
    const { provider, redirectUri, end, withToken } = signIn;
    const issued = await tokens.exchange(searchParams.get("code") ?? "", redirectUri);
    const opened = issued && (await open(provider, issued.id_token, issued));
    if (!opened) {
      const why = "The provider did not sign you in. Try again.";
      return withToken ? redirect(`${end}#error=${encodeURIComponent(why)}`) : page(401, why);
    }
    if (withToken) return redirect(`${end}#token=${encodeURIComponent(JSON.stringify(opened))}`);
    return withCookie(redirect(end), opened.authenticationToken);
  }

  async function exchange(provider: Provider, request: IncomingMessage): Promise<Response> {
    const body = parseJson((await readBody(request, largestBody)) ?? "");
    const [wanted] = provider.tokenMembers;
    const token = provider.tokenMembers
      .map((member) => (isJsonObject(body) ? body[member] : undefined))
      .find(Boolean);
    if (typeof token !== "string") {
      const message = `The body must be a JSON object with ${wanted}.`;
      return Response.json({ code: 400, message }, { status: 400 });
    }
    const opened = await open(provider, token, { [wanted]: token });
    return opened
      ? Response.json(opened)
      : Response.json({ code: 401, message: "The provider's token is invalid." }, { status: 401 });
  }

  async function open(
    provider: Provider,
    token: string,
    providerTokens: Readonly<Record<string, string>>,
  ): Promise<SessionToken | undefined> {
    const claims = await tokens.verify(token);
    if (!claims) return undefined;
    const principal = { provider: provider.name, claims: provider.claimsOf(claims) };
    return sessions.open({ principal, providerTokens });
  }

  /** @param byCookie whether the request has a cookie; a client that uses a header needs no cookie */
  function refresh(session: Session, byCookie: boolean): Response {
    const token = sessions.renew(session);
    const answered = Response.json(token);
    return byCookie ? withCookie(answered, token.authenticationToken) : answered;
  }

  function signOut(session: Session | undefined, url: URL): Response {
    const end = endOf(url, ["post_logout_redirect_uri"], "/.auth/logout/done", external);
    if (end === undefined) {
      return page(
        400,
        "The page after sign-out must be on this host, or an allowed external address.",
      );
    }
    if (session) sessions.end(session);
    return withCookie(redirect(end), "");
  }

  return (next) => (request, response) => {
    dropPrincipal(request);
    const address = `http://${request.headers.host}${request.url}`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url && /^\/\.auth(\/|$)/i.test(url.pathname)) {
      answer(request, url)
        // The error is not logged, because its message may quote a token.
        .catch(() => page(502, "The issuer that simulates the providers is unreachable."))
        .then((answered) => write(response, answered));
      return;
    }
    const session = sessions.find(request.headers);
    if (session) addPrincipal(request, session.principal);
    next(request, response);
  };
}

/** Returns what `/.auth/me` shows about a user. */
function describe({ principal, providerTokens }: Session) {
  return {
    provider_name: principal.provider,
    user_id: idOf(principal),
    user_claims: principal.claims,
    ...providerTokens,
  };
}

/**
 * Returns the path to redirect to: the requested one, `otherwise` if the request has none, or undefined if
 * the requested one is on another host.
 *
 * @param names the parameters that may hold the path
 */
function endOf(
  url: URL,
  names: readonly string[],
  otherwise: string,
  external: ReadonlySet<string>,
): string | undefined {
  const [asked] = names.flatMap((name) => url.searchParams.getAll(name));
  if (asked === undefined) return otherwise;
  if (URL.canParse(asked) && external.has(withoutQuery(asked))) {
    const { href, hash } = new URL(asked);
    return href.slice(0, href.length - hash.length);
  }
  if (!URL.canParse(asked, url.origin)) return undefined;
  const end = new URL(asked, url.origin);
  // A path that begins with two slashes would be an address on another host.
  const here = end.origin === url.origin && !end.pathname.startsWith("//");
  return here ? end.pathname + end.search : undefined;
}

/** Returns an address without its query and fragment. */
function withoutQuery(address: string): string {
  return URL.canParse(address) ? (new URL(address).href.split(/[?#]/, 1)[0] ?? "") : address;
}
