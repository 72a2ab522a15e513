import * as v from "valibot";
import { parseJson } from "../../http/parseJson.ts";
import { isProvider, isSubject, type UserId } from "../../user.ts";
import { type Authenticate, notSignedIn, refused } from "../authenticate.ts";

/**
 * The principal that App Service Authentication sends in base64: the caller's provider and its claims
 * (https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities).
 */
const principalSchema = v.object({
  auth_typ: v.string(),
  claims: v.array(v.object({ typ: v.string(), val: v.unknown() })),
});

type Principal = v.InferOutput<typeof principalSchema>;

const prefix = "x-ms-client-principal";

/**
 * The names of the claim that contains the provider's own id of the user. If the platform has a token
 * store, it maps a token's claims to these addresses. Otherwise the claims keep their names.
 */
const subjectClaims = [
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
  "sub",
];
const objectIdClaims = ["http://schemas.microsoft.com/identity/claims/objectidentifier", "oid"];

/**
 * Identifies the caller only from the principal that App Service Authentication puts into the headers.
 * Use it only behind App Service Authentication, which drops these headers from outside requests.
 *
 * Ignores the value of `X-MS-CLIENT-PRINCIPAL-ID`: for Facebook it may be an e-mail address, which can
 * change.
 */
export const authenticateByPrincipal: Authenticate = async (headers) => {
  const encoded = headers.get(prefix);
  if (encoded === null) {
    return [...headers.keys()].some((name) => name.toLowerCase().startsWith(prefix))
      ? refused("invalid_token", "The platform's principal is incomplete.")
      : notSignedIn("No user is signed in. Sign in first.");
  }
  const principal = readPrincipal(encoded);
  const provider = headers.get(`${prefix}-idp`) ?? principal?.auth_typ;
  if (!principal || provider?.toLowerCase() !== principal.auth_typ.toLowerCase()) {
    return refused("invalid_token", "The platform's principal is malformed.");
  }
  const userId = userIdOf(principal);
  return userId === undefined
    ? refused("invalid_token", "The platform's principal contains no user id from the provider.")
    : { kind: "user", userId };
};

/** Parses a principal. Rejects two principals in one header: the comma between them is not base64. */
function readPrincipal(encoded: string): Principal | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return undefined;
  const result = v.safeParse(principalSchema, parseJson(Buffer.from(encoded, "base64")));
  return result.success ? result.output : undefined;
}

function userIdOf({ auth_typ, claims }: Principal): UserId | undefined {
  const name = auth_typ.toLowerCase();
  const byEntra = name === "aad";
  const names = byEntra ? objectIdClaims : subjectClaims;
  const subjects = new Set(claims.filter(({ typ }) => names.includes(typ)).map(({ val }) => val));
  const [subject] = subjects;
  if (subjects.size !== 1 || !isSubject(subject)) return undefined;
  // `sid:` marks the platform's own id of a user, a digest that may change with the e-mail address.
  if (subject.startsWith("sid:")) return undefined;
  if (byEntra) return `entra:${subject}`;
  // Another provider with the name `entra` would share the ids of Entra's users.
  return isProvider(name) && name !== "entra" ? `${name}:${subject}` : undefined;
}
