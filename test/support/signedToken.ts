import { constants, type KeyObject, sign } from "node:crypto";

/**
 * Encodes a part of a token: bytes unchanged, everything else as JSON. The app's library is of no use here,
 * because it creates no invalid tokens.
 */
export function tokenPart(value: unknown): string {
  return (
    value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value))
  ).toString("base64url");
}

/** Signs a header and a payload with the given key and algorithm. Both parts may be invalid. */
export function signedToken(
  header: unknown,
  payload: unknown,
  key: KeyObject,
  algorithm = "RS256",
): string {
  const signed = `${tokenPart(header)}.${tokenPart(payload)}`;
  return `${signed}.${signature(signed, key, algorithm).toString("base64url")}`;
}

function signature(text: string, key: KeyObject, algorithm: string): Buffer {
  const digest = `sha${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case "ES":
      return sign(digest, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
    case "PS":
      return sign(digest, Buffer.from(text), {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    default:
      return sign(digest, Buffer.from(text), key);
  }
}
