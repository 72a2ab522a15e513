import type { KeyObject } from "node:crypto";

/** The accepted algorithms. All are asymmetric: with a shared secret, the verifier could also sign tokens. */
export const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
] as const;

export type Algorithm = (typeof algorithms)[number];

/** A public key of an issuer. */
export interface SigningKey {
  readonly kid: string | undefined;
  /** The only algorithm of this key. If absent, the key is for every algorithm of its type. */
  readonly alg: string | undefined;
  readonly publicKey: KeyObject;
}

/** The curve of each ECDSA algorithm (RFC 7518, section 3.4). */
const curves: Readonly<Partial<Record<Algorithm, string>>> = {
  ES256: "prime256v1",
  ES384: "secp384r1",
  ES512: "secp521r1",
};

/** Returns whether an RSA key has at least 2048 bits (RFC 7518, sections 3.3 and 3.5). Other keys pass. */
export function isStrong({ publicKey }: SigningKey): boolean {
  const { modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  return publicKey.asymmetricKeyType !== "rsa" || (modulusLength ?? 0) >= 2048;
}

function fits(algorithm: Algorithm, { alg, publicKey }: SigningKey): boolean {
  if (alg !== undefined && alg !== algorithm) return false;
  const curve = curves[algorithm];
  return curve === undefined
    ? publicKey.asymmetricKeyType === "rsa"
    : publicKey.asymmetricKeyDetails?.namedCurve === curve;
}

export type KeyChoice =
  /** By the `kid`: several, if the issuer publishes several keys under one. */
  | { readonly kind: "named"; readonly keys: readonly SigningKey[] }
  /** The only key that fits. The issuer may have a new one by now. */
  | { readonly kind: "sole"; readonly keys: readonly SigningKey[] }
  /** No key has this kid. Without a kid: not exactly one key fits. Newer keys may change that. */
  | { readonly kind: "unknown" }
  /** The keys with this kid are not for this algorithm. */
  | { readonly kind: "unfit" };

/**
 * Chooses the keys for a token's algorithm: by `kid` or, if the token has none, the only fitting key. A key without a
 * `kid` also serves a token that has one, if it is the only key that fits (RFC 7517, section 4.5: `kid` is optional).
 */
export function chooseKeys(
  keys: readonly SigningKey[],
  algorithm: Algorithm,
  kid: string | undefined,
): KeyChoice {
  const fitting = keys.filter((key) => fits(algorithm, key));
  if (kid !== undefined && keys.some((key) => key.kid === kid)) {
    const named = fitting.filter((key) => key.kid === kid);
    return named.length === 0 ? { kind: "unfit" } : { kind: "named", keys: named };
  }
  const [key] = fitting;
  const isSole = fitting.length === 1 && (kid === undefined || key?.kid === undefined);
  return isSole ? { kind: "sole", keys: fitting } : { kind: "unknown" };
}
