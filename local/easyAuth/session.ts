import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import jsonwebtoken from "jsonwebtoken";
import { LRUCache } from "lru-cache";
import { idOf, type Principal } from "./principal.ts";

/** A signed-in user, until the user signs out or the token expires. */
export interface Session {
  readonly id: string;
  readonly principal: Principal;
  /** The provider's tokens of the user, keyed by member name. */
  readonly providerTokens: Readonly<Record<string, string>>;
}

/** The token of a session, in the form that the client libraries read. */
export interface SessionToken {
  readonly authenticationToken: string;
  readonly user: { readonly userId: string };
}

export interface Sessions {
  open(session: Omit<Session, "id">): SessionToken;
  /** Returns the session of a request, if its token is valid and the session has not ended. */
  find(headers: IncomingHttpHeaders): Session | undefined;
  /** Returns a new token for a session, with the full lifetime. */
  renew(session: Session): SessionToken;
  end(session: Session): void;
}

export const cookieName = "AppServiceAuthSession";

const audience = "app-service-authentication";

/** The maximum number of sessions. The oldest ones are deleted. */
const mostSessions = 10_000;

/**
 * Keeps sessions in memory, so they end with this process.
 *
 * @param seconds the lifetime of a token
 */
export function createSessions(seconds: number): Sessions {
  const key = randomBytes(32);
  const sessions = new LRUCache<string, Session>({ max: mostSessions });

  function renew({ id, principal }: Session): SessionToken {
    // The platform's own id of a user: the same at every sign-in, and not the provider's id.
    const digest = createHash("sha256").update(`${principal.provider}:${idOf(principal)}`);
    const userId = `sid:${digest.digest("hex").slice(0, 32)}`;
    const claims = { sub: userId, idp: principal.provider, ver: "4", jti: id };
    const options = { algorithm: "HS256", audience, expiresIn: seconds } as const;
    return { authenticationToken: jsonwebtoken.sign(claims, key, options), user: { userId } };
  }

  return {
    open(content) {
      const session = { ...content, id: randomUUID() };
      sessions.set(session.id, session);
      return renew(session);
    },
    find(headers) {
      const token = tokenIn(headers);
      if (token === undefined) return undefined;
      try {
        const claims = jsonwebtoken.verify(token, key, { algorithms: ["HS256"], audience });
        return typeof claims === "string" ? undefined : sessions.get(claims.jti ?? "");
      } catch {
        return undefined;
      }
    },
    renew,
    end: ({ id }) => void sessions.delete(id),
  };
}

/** Returns the token of a request, from the first place that has one, in the platform's order. */
function tokenIn(headers: IncomingHttpHeaders): string | undefined {
  const zumo = headers["x-zumo-auth"];
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.authorization ?? "") ?? [];
  const [, cookie] = new RegExp(`(?:^|; *)${cookieName}=([^;]+)`).exec(headers.cookie ?? "") ?? [];
  return [zumo, bearer, cookie].flat().find((token) => token !== undefined && token !== "");
}
