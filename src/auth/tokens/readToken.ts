import * as v from "valibot";
import { algorithms } from "./signingKey.ts";

/**
 * The longest accepted token, in characters, each of which is a byte: what the Functions host accepts for all headers
 * together. Issuers that put groups into tokens come near it.
 */
const longestToken = 32 * 1024;

/** The accepted types (RFC 8725, section 3.11). Other tokens, such as `logout+jwt`, do not sign a user in. */
const types: ReadonlySet<string> = new Set(["jwt", "at+jwt"]);

const missing = (issue: v.ObjectIssue) => `The token's ${v.getDotPath(issue)} is missing.`;

const headerSchema = v.object(
  {
    alg: v.picklist(algorithms, "The token's alg is not accepted."),
    kid: v.optional(v.string("The token's kid is not a string.")),
    typ: v.optional(
      v.pipe(
        v.string("The token's typ is not a string."),
        v.check(
          (typ) => types.has(typ.toLowerCase().replace(/^application\//, "")),
          "The token's typ is not that of a sign-in token.",
        ),
      ),
    ),
    // RFC 7515, section 4.1.11: a reader must support every extension in crit. This one supports none.
    crit: v.optional(v.never("The token's crit names an unsupported extension.")),
  },
  missing,
);

/** Seconds since 1970, with or without a fraction (RFC 7519, section 2). */
const numericDate = (name: string) => {
  const message = `The token's ${name} is not a number.`;
  return v.pipe(v.number(message), v.finite(message));
};

const claimsSchema = v.object(
  {
    iss: v.string("The token's iss is not a string."),
    aud: v.union(
      [v.string(), v.array(v.string())],
      "The token's aud is not a string or a list of strings.",
    ),
    exp: numericDate("exp"),
    nbf: v.optional(numericDate("nbf")),
    iat: v.optional(numericDate("iat")),
    sub: v.optional(v.unknown()),
    oid: v.optional(v.unknown()),
    tid: v.optional(v.unknown()),
  },
  missing,
);

export type Header = v.InferOutput<typeof headerSchema>;
export type Claims = v.InferOutput<typeof claimsSchema>;

export type TokenReading =
  | { readonly kind: "token"; readonly header: Header; readonly claims: Claims }
  /** `reason` never quotes a token; of what is none it says how it begins. */
  | { readonly kind: "fault"; readonly reason: string };

/**
 * Parses a token without verifying it. The token must be a JWS in compact form (RFC 7515, section 7.1) with
 * a signature and with JWT claims of the right types. This is stricter than jsonwebtoken, which also accepts
 * non-canonical base64url and invalid UTF-8.
 */
export function readToken(token: string): TokenReading {
  if (token.length > longestToken) return fault("The token is larger than 32 KiB.");
  const parts = token.split(".", 4);
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || !signature || !parts.every(isBase64Url)) {
    return fault(`The token is not a signed JSON Web Token. It begins with ${beginning(token)}`);
  }
  const [headerObject, claimsObject] = [parseObject(header), parseObject(payload)];
  if (!headerObject) return fault("The token's header is not a JSON object.");
  if (!claimsObject) return fault("The token's payload is not a JSON object.");
  const readHeader = v.safeParse(headerSchema, headerObject, { abortEarly: true });
  if (!readHeader.success) return fault(readHeader.issues[0].message);
  const readClaims = v.safeParse(claimsSchema, claimsObject, { abortEarly: true });
  if (!readClaims.success) return fault(readClaims.issues[0].message);
  return { kind: "token", header: readHeader.output, claims: readClaims.output };
}

/**
 * Returns how a text begins, by which a caller knows what was sent in place of a token: `undefined`, `{"access` or `ya29.a0A`.
 * At most 8 characters and half of it, without those that a header's value must not have.
 */
function beginning(text: string): string {
  const shown = text.slice(0, Math.min(8, Math.ceil(text.length / 2)));
  return `${shown.replace(/[^!#-[\]-~]/g, "?")}...`;
}

/** Requires base64url without padding, in canonical form (RFC 7515, section 2; RFC 4648, section 3.5). */
function isBase64Url(text: string): boolean {
  return Buffer.from(text, "base64url").toString("base64url") === text;
}

function parseObject(part: string): object | undefined {
  try {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, "base64url")));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function fault(reason: string): TokenReading {
  return { kind: "fault", reason };
}
