import type { IncomingMessage } from "node:http";
import { type Claim, nameClaim, nameIdentifier, objectIdentifier } from "./provider.ts";

/** The signed-in user, as the platform describes the user to the app. */
export interface Principal {
  readonly provider: string;
  readonly claims: readonly Claim[];
}

/** Matches a header that only the platform sets, in every spelling. Node converts names to lower case. */
const ownHeader = /^x[-_]ms[-_](client[-_]principal|token)/;

/** Removes the headers that only the platform sets from an external request. */
export function dropPrincipal({ headers }: IncomingMessage): void {
  for (const name of Object.keys(headers)) if (ownHeader.test(name)) delete headers[name];
}

/**
 * Adds the principal to a request's headers
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

/** Returns the provider's id of the user. */
export function idOf({ claims }: Principal): string {
  const named = (wanted: string) => claims.find(({ typ }) => typ === wanted)?.val;
  return named(objectIdentifier) ?? named(nameIdentifier) ?? "";
}
