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

/** How long a session's token is good where nothing else is said, in seconds: as in Azure. */
export const defaultSessionSeconds = 8 * 60 * 60;

/** How many sign-ins that nobody has come back from are remembered. */
const mostSignIns = 1_000;

/** The largest body that is read, in bytes. */
const largestBody = 64 * 1024;

export interface EasyAuthOptions {
  /** The address of the issuer that plays the providers. */
  readonly issuer: string;
  /** How long a session's token is good. */
  readonly sessionSeconds: number;
}

/** A sign-in in a browser that has begun. */
interface SignIn {
  readonly provider: Provider;
  readonly redirectUri: string;
  /** Where it ends, on this host. */
  readonly end: string;
  /** Whether it ends with the token in the address, or in a cookie. */
  readonly withToken: boolean;
}

/**
 * Does what App Service Authentication does in front of a function app that takes anonymous requests: it
 * serves `/.auth`, and passes everything else on with the principal of whoever is signed in, if anybody.
 */
export function createEasyAuth(
  options: EasyAuthOptions,
): (next: RequestListener) => RequestListener {
  const tokens = createProviderTokens(options.issuer);
  const sessions = createSessions(options.sessionSeconds);
  const signIns = new LRUCache<string, SignIn>({ max: mostSignIns });

  async function answer(request: IncomingMessage, url: URL): Promise<Response> {
    const path = url.pathname.toLowerCase();
    const [, name = "", callback] = /^\/\.auth\/login\/([^/]+)(\/callback)?$/.exec(path) ?? [];
    const provider = providers.get(name);
    if (provider && callback !== undefined) return comeBack(url);
    if (provider && request.method === "POST") return exchange(provider, request);
    if (provider && request.method === "GET") return begin(provider, url);

    const session = sessions.find(request.headers);
    const nobody = page(401, "Nobody is signed in.");
    switch (/^(GET|POST)$/.test(request.method ?? "") ? path : "") {
      case "/.auth/login/done":
        return page(200, "Signing in has ended. You can close this window.");
      case "/.auth/me":
        return session ? Response.json([describe(session)]) : nobody;
      case "/.auth/refresh":
        return session ? refresh(session, request.headers.cookie !== undefined) : nobody;
      case "/.auth/logout":
        return signOut(session, url);
      case "/.auth/logout/done":
        return page(200, "You have signed out.");
      default:
        return page(404, "There is nothing here.");
    }
  }

  function begin(provider: Provider, url: URL): Response {
    const asked = url.searchParams;
    const names = ["post_login_redirect_uri", "post_login_redirect_url"];
    const end = endOf(url, names, "/.auth/login/done");
    if (end === undefined) return page(400, "Signing in ends on this host and nowhere else.");
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
      return page(401, "This sign-in has not begun here, or has ended already.");
    }
    const { provider, redirectUri, end, withToken } = signIn;
    const issued = await tokens.exchange(searchParams.get("code") ?? "", redirectUri);
    const opened = issued && (await open(provider, issued.id_token, issued));
    if (!opened) {
      const why = "The provider has signed nobody in.";
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
      const message = `The body has to be JSON with ${wanted}.`;
      return Response.json({ code: 400, message }, { status: 400 });
    }
    const opened = await open(provider, token, { [wanted]: token });
    return opened
      ? Response.json(opened)
      : Response.json({ code: 401, message: "The provider's token is not good." }, { status: 401 });
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

  /** @param byCookie whether the session came as one; whoever sends a header has no use for it */
  function refresh(session: Session, byCookie: boolean): Response {
    const token = sessions.renew(session);
    const answered = Response.json(token);
    return byCookie ? withCookie(answered, token.authenticationToken) : answered;
  }

  function signOut(session: Session | undefined, url: URL): Response {
    const end = endOf(url, ["post_logout_redirect_uri"], "/.auth/logout/done");
    if (end === undefined) return page(400, "Signing out ends on this host and nowhere else.");
    if (session) sessions.end(session);
    return withCookie(redirect(end), "");
  }

  return (next) => (request, response) => {
    dropPrincipal(request);
    const address = `http://${request.headers.host}${request.url}`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url && /^\/\.auth(\/|$)/i.test(url.pathname)) {
      answer(request, url)
        // Its message may quote a token.
        .catch(() => page(502, "The issuer that plays the providers is out of reach."))
        .then((answered) => write(response, answered));
      return;
    }
    const session = sessions.find(request.headers);
    if (session) addPrincipal(request, session.principal);
    next(request, response);
  };
}

/** What `/.auth/me` says of somebody. */
function describe({ principal, providerTokens }: Session) {
  return {
    provider_name: principal.provider,
    user_id: idOf(principal),
    user_claims: principal.claims,
    ...providerTokens,
  };
}

/**
 * The path at which something ends: as asked, if that is on the host that was asked, and never elsewhere.
 *
 * @param names the parameters that may ask
 */
function endOf(url: URL, names: readonly string[], otherwise: string): string | undefined {
  const [asked] = names.flatMap((name) => url.searchParams.getAll(name));
  if (asked === undefined) return otherwise;
  if (!URL.canParse(asked, url.origin)) return undefined;
  const end = new URL(asked, url.origin);
  // A path that begins with two slashes would name a host.
  const here = end.origin === url.origin && !end.pathname.startsWith("//");
  return here ? end.pathname + end.search : undefined;
}
