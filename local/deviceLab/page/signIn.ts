import * as oauth from "oauth4webapi";
import type { Addresses } from "./addresses.ts";

/** The id of the app at the issuer, which is the audience of its tokens. */
const clientId = "notify-users";

/** Where a sign-in ends: a page of the Lab that tells its opener the address. */
const endPath = "/signed-in";

/** How long a sign-in may take, in milliseconds. */
const patience = 20_000;

/** A person's token, and the header for it. */
export interface SignedIn {
  readonly token: string;
  readonly tokenHeader: "Authorization" | "X-ZUMO-AUTH";
}

/** Signs a person in, as an app does: by authorization code with PKCE, or at App Service Authentication. */
export function signIn(addresses: Addresses, name: string): Promise<SignedIn> {
  return addresses.signIn === "platform"
    ? signInAtPlatform(addresses, name)
    : signInAtIssuer(addresses, name);
}

async function signInAtIssuer({ issuer }: Addresses, name: string): Promise<SignedIn> {
  const options = { [oauth.allowInsecureRequests]: true };
  const address = new URL(issuer);
  const server = await oauth.processDiscoveryResponse(
    address,
    await oauth.discoveryRequest(address, options),
  );
  const client: oauth.Client = { client_id: clientId };
  const redirectUri = `${location.origin}${endPath}`;
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const authorize = new URL(server.authorization_endpoint ?? "");
  authorize.search = String(
    new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: "openid",
      login_hint: name,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
    }),
  );
  const end = await visit(authorize);
  const parameters = oauth.validateAuthResponse(server, client, end, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri,
    verifier,
    options,
  );
  const { access_token: token } = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    response,
  );
  return { token, tokenHeader: "Authorization" };
}

async function signInAtPlatform({ functions }: Addresses, name: string): Promise<SignedIn> {
  const begin = new URL("/.auth/login/facebook", functions);
  begin.search = String(
    new URLSearchParams({
      session_mode: "token",
      login_hint: name,
      post_login_redirect_url: `${location.origin}${endPath}`,
    }),
  );
  const { hash } = await visit(begin);
  const [, kind, value = ""] = /^#(token|error)=(.*)$/.exec(hash) ?? [];
  if (kind !== "token") throw new Error(decodeURIComponent(value) || "There is no token.");
  const session: { authenticationToken: string } = JSON.parse(decodeURIComponent(value));
  return { token: session.authenticationToken, tokenHeader: "X-ZUMO-AUTH" };
}

/** Goes through a sign-in in a hidden frame, and returns the address at its end. */
function visit(begin: URL): Promise<URL> {
  return new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Sign-in";
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("message", receive);
      frame.remove();
    };
    const receive = ({ source, origin, data }: MessageEvent): void => {
      if (source !== frame.contentWindow || origin !== location.origin) return;
      end();
      resolve(new URL(String(data)));
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error("The sign-in did not end."));
    }, patience);
    addEventListener("message", receive);
    frame.src = begin.href;
    document.body.append(frame);
  });
}
