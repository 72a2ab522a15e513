import { createServer, type ServerResponse } from "node:http";
import { OAuth2Issuer, OAuth2Service } from "oauth2-mock-server";
import { listen } from "../listen.ts";

export interface Issuer {
  /** Also its name: the `iss` of its tokens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** What the issuer's tokens are for: the `aud` claim. */
export const audience = "notify-users";

/**
 * Starts an OpenID Connect issuer on 127.0.0.1 that signs anybody in by name:
 * `POST /token` with the form `grant_type=password&username=alice`.
 *
 * @param port 0 takes a free one
 */
export async function startIssuer(port: number): Promise<Issuer> {
  const issuer = new OAuth2Issuer();
  const service = new OAuth2Service(issuer);
  service.on("beforeTokenSigning", (token, request) => {
    token.payload.aud = audience;
    if (!isNamed(request.body?.username)) delete token.payload.sub;
  });
  service.on("beforeResponse", (response, request) => {
    if (request.body?.grant_type !== "password" || isNamed(request.body.username)) return;
    response.statusCode = 400;
    response.body = { error: "invalid_request", error_description: "username names nobody" };
  });
  const server = createServer((request, response) => {
    withoutCors(response);
    service.requestHandler(request, response);
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

function isNamed(username: unknown): boolean {
  return typeof username === "string" && username !== "";
}

/** The library lets the pages of every origin in; here no page but the project's own has a place. */
function withoutCors(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) =>
    name.toLowerCase().startsWith("access-control-") ? response : setHeader(name, value);
}
