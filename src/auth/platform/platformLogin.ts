import * as v from "valibot";

/** How long the platform may take to look at a provider's token, in milliseconds. */
const deadline = 10_000;

/** What the 2013 library calls a provider, where the platform calls it something else. */
const renamed: ReadonlyMap<string, string> = new Map([["windowsazureactivedirectory", "aad"]]);

/** The platform's own token for a user, as the client libraries read it. */
const sessionSchema = v.object({
  authenticationToken: v.string(),
  user: v.object({ userId: v.string() }),
});

export type Exchange =
  | { readonly kind: "session"; readonly session: v.InferOutput<typeof sessionSchema> }
  /** The body is not one that this provider's sign-in takes: it may want another member. */
  | { readonly kind: "malformed" }
  /** The provider's token is not accepted. */
  | { readonly kind: "refused" }
  /** The platform has no such provider. */
  | { readonly kind: "unknownProvider" }
  | { readonly kind: "unavailable" };

/** What the platform's status means for what was to be exchanged; another one is no answer. */
const outcomes: ReadonlyMap<number, Exclude<Exchange["kind"], "session">> = new Map([
  [400, "malformed"],
  [401, "refused"],
  [403, "refused"],
  [404, "unknownProvider"],
] as const);

/** How App Service Authentication signs users in, under the names of the 2013 client library. */
export interface PlatformLogin {
  /** The path at which a browser begins; it comes back to `/login/done` with the token in the fragment. */
  begin(provider: string): string;
  /** Exchanges what the library sends, such as `{"access_token":…}`, for the platform's own token. */
  exchange(provider: string, providerToken: object): Promise<Exchange>;
}

/** @param url the origin under which the platform serves this app, and never one that a caller named */
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
        // Out of reach, late, or not what the platform answers; the reason may quote a token.
        return { kind: "unavailable" };
      }
    },
  };
}

function pathOf(provider: string): string {
  const name = provider.toLowerCase();
  return `/.auth/login/${encodeURIComponent(renamed.get(name) ?? name)}`;
}
