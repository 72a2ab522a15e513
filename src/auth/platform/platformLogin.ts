import * as v from "valibot";

/** The time limit for the platform to exchange a provider's token, in milliseconds. */
const deadline = 10_000;

/** The provider names of the 2013 library that differ from the platform's names. */
const renamed: ReadonlyMap<string, string> = new Map([["windowsazureactivedirectory", "aad"]]);

/** The platform's own token for a user, in the format that the client libraries read. */
const sessionSchema = v.object({
  authenticationToken: v.string(),
  user: v.object({ userId: v.string() }),
});

export type Exchange =
  | { readonly kind: "session"; readonly session: v.InferOutput<typeof sessionSchema> }
  /** This provider's sign-in does not accept the body. It may expect another member. */
  | { readonly kind: "malformed" }
  /** The platform does not accept the provider's token. */
  | { readonly kind: "refused" }
  /** The platform does not have this provider. */
  | { readonly kind: "unknownProvider" }
  | { readonly kind: "unavailable" };

/** The outcome of an exchange for each status of the platform. Other statuses mean `unavailable`. */
const outcomes: ReadonlyMap<number, Exclude<Exchange["kind"], "session">> = new Map([
  [400, "malformed"],
  [401, "refused"],
  [403, "refused"],
  [404, "unknownProvider"],
] as const);

/** Sign-in through App Service Authentication, with the provider names of the 2013 client library. */
export interface PlatformLogin {
  /** Returns the path at which a browser starts. It ends at `/login/done` with the token in the fragment. */
  begin(provider: string): string;
  /** Exchanges the library's request body, such as `{"access_token":…}`, for the platform's own token. */
  exchange(provider: string, providerToken: object): Promise<Exchange>;
}

/** @param url the origin at which the platform serves this app, never an origin from a request */
export function createPlatformLogin(url: string): PlatformLogin {
  return {
    begin(provider) {
      const done = encodeURIComponent("/login/done");
      return `${pathOf(provider)}?session_mode=token&post_login_redirect_url=${done}`;
    },
    async exchange(provider, providerToken) {
      try {
        const response = await fetch(url + pathOf(provider), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(providerToken),
          redirect: "error",
          signal: AbortSignal.timeout(deadline),
        });
        if (response.ok) {
          return { kind: "session", session: v.parse(sessionSchema, await response.json()) };
        }
        await response.body?.cancel();
        return { kind: outcomes.get(response.status) ?? "unavailable" };
      } catch {
        // Unreachable, timed out or an unexpected response. The error may quote a token, so it is dropped.
        return { kind: "unavailable" };
      }
    },
  };
}

function pathOf(provider: string): string {
  const name = provider.toLowerCase();
  return `/.auth/login/${encodeURIComponent(renamed.get(name) ?? name)}`;
}
