import type { IncomingMessage, RequestListener } from "node:http";
import { type Claim, nameClaim, nameIdentifier, objectIdentifier } from "./provider.ts";

/** Who is signed in, as the platform tells the app. */
export interface Principal {
  readonly provider: string;
  readonly claims: readonly Claim[];
}

/** A header that only the platform sets, however it is spelled: Node has put it in lower case. */
const ownHeader = /^x[-_]ms[-_](client[-_]principal|token)/;

/** Takes the headers that only the platform sets off a request from outside. */
export function dropPrincipal({ headers }: IncomingMessage): void {
  for (const name of Object.keys(headers)) if (ownHeader.test(name)) delete headers[name];
}

/** What stands in front of the host where nobody is signed in by the platform: forged headers end here. */
export function withoutPrincipal(next: RequestListener): RequestListener {
  return (request, response) => {
    dropPrincipal(request);
    next(request, response);
  };
}

/**
 * Puts the principal into a request's headers
 * (https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities).
 */
export function addPrincipal(
  { headers }: Pick<IncomingMessage, "headers">,
  principal: Principal,
): void {
  const { provider, claims } = principal;
  const content = {
    auth_typ: provider,
    claims,
    name_typ: nameClaim,
    role_typ: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
  };
  headers["x-ms-client-principal"] = Buffer.from(JSON.stringify(content)).toString("base64");
  headers["x-ms-client-principal-id"] = encodeURIComponent(idOf(principal));
  headers["x-ms-client-principal-idp"] = provider;
  const name = claims.find(({ typ }) => typ === nameClaim || typ === "name")?.val;
  if (name !== undefined) headers["x-ms-client-principal-name"] = encodeURIComponent(name);
}

/** The id of a person at their provider. */
export function idOf({ claims }: Principal): string {
  const named = (wanted: string) => claims.find(({ typ }) => typ === wanted)?.val;
  return named(objectIdentifier) ?? named(nameIdentifier) ?? "";
}
