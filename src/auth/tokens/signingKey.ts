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
  | { readonly kind: "chosen"; readonly key: SigningKey }
  /** No key has this kid. Without a kid: not exactly one key fits. Newer keys may change that. */
  | { readonly kind: "unknown" }
  /** The key with this kid is not for this algorithm. */
  | { readonly kind: "unfit" };

/** Chooses the key for a token's algorithm: by `kid` or, if the token has none, as the only fitting key. */
export function chooseKey(
  keys: readonly SigningKey[],
  algorithm: Algorithm,
  kid: string | undefined,
): KeyChoice {
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  const fitting = named.filter((key) => fits(algorithm, key));
  const [key] = fitting;
  if (key && (kid !== undefined || fitting.length === 1)) return { kind: "chosen", key };
  return { kind: kid === undefined || named.length === 0 ? "unknown" : "unfit" };
}
