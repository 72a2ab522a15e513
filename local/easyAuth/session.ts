import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import jsonwebtoken from "jsonwebtoken";
import { LRUCache } from "lru-cache";
import { idOf, type Principal } from "./principal.ts";

/** Somebody who has signed in, until they sign out or the time is up. */
export interface Session {
  readonly id: string;
  readonly principal: Principal;
  /** What the provider gave for them, by the name of the member that holds it. */
  readonly providerTokens: Readonly<Record<string, string>>;
}

/** A session's token, as the client libraries read it. */
export interface SessionToken {
  readonly authenticationToken: string;
  readonly user: { readonly userId: string };
}

export interface Sessions {
  open(session: Omit<Session, "id">): SessionToken;
  /** The session whose token a request brings, if that is good and the session has not ended. */
  find(headers: IncomingHttpHeaders): Session | undefined;
  /** A new token of a session, good for as long again. */
  renew(session: Session): SessionToken;
  end(session: Session): void;
}

export const cookieName = "AppServiceAuthSession";

const audience = "app-service-authentication";

/** How many sessions are kept, the newest. */
const mostSessions = 10_000;

/**
 * Keeps sessions in memory: they end with this process.
 *
 * @param seconds how long a token is good
 */
export function createSessions(seconds: number): Sessions {
  const key = randomBytes(32);
  const sessions = new LRUCache<string, Session>({ max: mostSessions });

  function renew({ id, principal }: Session): SessionToken {
    // The platform's own id of a user: the same at every sign-in, and nobody's at the provider.
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

/** The token of a request: the first of the places in which the platform looks that holds anything. */
function tokenIn(headers: IncomingHttpHeaders): string | undefined {
  const zumo = headers["x-zumo-auth"];
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.authorization ?? "") ?? [];
  const [, cookie] = new RegExp(`(?:^|; *)${cookieName}=([^;]+)`).exec(headers.cookie ?? "") ?? [];
  return [zumo, bearer, cookie].flat().find((token) => token !== undefined && token !== "");
}
