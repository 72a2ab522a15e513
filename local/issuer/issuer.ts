import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { OAuth2Issuer, OAuth2Service } from "oauth2-mock-server";
import * as v from "valibot";
import { listen } from "../listen.ts";
import { createAuthorize } from "./authorize.ts";

export interface Issuer {
  /** The address, which is also the `iss` claim of the tokens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The `aud` claim of the issuer's tokens. */
export const audience = "notify-users";

/** The grants that sign a user in. */
const signingIn: ReadonlySet<unknown> = new Set([
  "password",
  "authorization_code",
  "refresh_token",
]);

/**
 * Starts an OpenID Connect issuer on 127.0.0.1 that signs any user in by name: `POST /token` with the form
 * `grant_type=password&username=alice`, or a browser at `/authorize`, with a page to pick the user.
 * For a terminal, `GET /token/alice` answers the token alone, and `?seconds=-60` one that expired a minute ago. The name is the `sub` claim of the tokens. The `oid` claim is a GUID that is derived from it.
 *
 * @param port 0 picks a free port
 * @param corsOrigins the origins of pages that may use it
 */
export async function startIssuer(
  port: number,
  corsOrigins: readonly string[] = [],
): Promise<Issuer> {
  const issuer = new OAuth2Issuer();
  const service = new OAuth2Service(issuer);
  const authorize = createAuthorize(service);
  const nameIn = (body: Readonly<Record<string, unknown>> = {}) =>
    body["grant_type"] === "password" ? body["username"] : authorize.nameOf(body);

  service.on("beforeTokenSigning", ({ payload }, request) => {
    const name = nameIn(request.body);
    payload.aud = audience;
    // The library sets a subject of its own.
    delete payload.sub;
    if (isNamed(name)) Object.assign(payload, { sub: name, name, oid: objectIdOf(name) });
    const seconds = Number(request.body?.["seconds"] ?? Number.NaN);
    if (Number.isInteger(seconds)) payload.exp = Math.floor(Date.now() / 1_000) + seconds;
  });
  service.on("beforeResponse", (response, { body }) => {
    if (signingIn.has(body?.grant_type) && !isNamed(nameIn(body))) {
      response.statusCode = 400;
      response.body = { error: "invalid_grant", error_description: "the request names no user" };
    }
    authorize.forget(body?.code);
  });
  const server = createServer((request, response) => {
    // Another name means DNS rebinding. An Android emulator reaches this machine as 10.0.2.2.
    if (
      !/^(?:localhost|127(?:\.\d{1,3}){3}|10\.0\.2\.2|\[::1\])(?::\d+)?$/i.test(
        request.headers.host ?? "",
      )
    ) {
      response.writeHead(403).end();
      return;
    }
    if (answerCors(request, response, corsOrigins)) return;
    const [, name, seconds] =
      (request.method === "GET" &&
        /^\/token\/([^/?]+)(?:\?seconds=(-?\d{1,9}))?$/.exec(request.url ?? "")) ||
      [];
    if (name !== undefined) {
      answerToken(issuer.url ?? "", name, seconds, response).catch(() => {
        response.writeHead(400, { "content-type": "text/plain" });
        response.end("The name is not validly encoded, or no token can be made for it.\n");
      });
    } else if (request.method === "GET" && /^\/(?:token\/?.*)?$/.test(request.url ?? "")) {
      response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/plain" });
      response.end(
        "This is the local issuer, which signs anyone in. GET /token/NAME answers a token of that person, " +
          "/token/NAME?seconds=-60 an expired one." +
          `${corsOrigins.map((lab) => ` The Device Lab is at ${lab}`).join("")}\n`,
      );
    } else if (!authorize.answer(request, response)) service.requestHandler(request, response);
  });
  const [, url] = await Promise.all([issuer.keys.generate("RS256"), listen(server, port)]);
  issuer.url = url;
  return {
    url,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers a user's token as plain text. */
async function answerToken(
  url: string,
  username: string,
  seconds: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const body = new URLSearchParams({
    grant_type: "password",
    username: decodeURIComponent(username),
    ...(seconds !== undefined && { seconds }),
  });
  const issued = await fetch(`${url}/token`, { method: "POST", body });
  const { access_token } = v.parse(v.object({ access_token: v.string() }), await issued.json());
  response.writeHead(200, { "content-type": "text/plain" }).end(access_token);
}

function isNamed(username: unknown): username is string {
  return typeof username === "string" && username !== "";
}

/** Returns a user's object id, like one of Entra: always the same GUID for the same name. */
function objectIdOf(name: string): string {
  const digits = createHash("sha256").update(`oid:${name}`).digest("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

/**
 * Replaces the library's CORS headers, because pages of other origins must not use the issuer. Answers the preflight of
 * an allowed origin, and returns whether the request is one.
 */
function answerCors(
  { method, headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) =>
    name.toLowerCase().startsWith("access-control-") ? response : setHeader(name, value);
  if (origin === undefined || !origins.includes(origin)) return false;
  setHeader("access-control-allow-origin", origin);
  if (method !== "OPTIONS") return false;
  setHeader("access-control-allow-methods", "GET, POST");
  setHeader("access-control-allow-headers", "authorization, content-type");
  response.writeHead(204).end();
  return true;
}
