import { createHmac, type KeyObject, sign } from "node:crypto";
import { tokenPart } from "../../../support/signedToken.ts";
import type { Attack, World } from "./attack.ts";

const onlyChosen = "RFC 8725, 3.1: MUST NOT use any other algorithms than the caller specifies";
const noNone = 'RFC 8725, 3.2: "none" only if the token is protected by other means';
const oneAlgorithm = "RFC 8725, 3.1: each key MUST be used with exactly one algorithm";
const allValidated = "RFC 8725, 3.3: rejected if any cryptographic operation fails to validate";
const rawSignature = "RFC 7518, 3.4: the signature is R and S, each as long as the curve's order";

/** Replaces the signature of a token. */
function resigned(token: string, signature: Uint8Array): string {
  return `${token.slice(0, token.lastIndexOf("."))}.${tokenPart(signature)}`;
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.split(".")[2] ?? "", "base64url");
}

function unsecured({ issuer }: World, alg: unknown): string {
  return `${tokenPart({ alg, typ: "JWT", kid: "1" })}.${tokenPart(issuer.claims())}.`;
}

function withHmac({ issuer }: World, alg: string, secret: string | Buffer): string {
  const text = `${tokenPart({ alg, typ: "JWT", kid: "1" })}.${tokenPart(issuer.claims())}`;
  return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest("base64url")}`;
}

const publicKeyEncodings: readonly (readonly [string, (key: KeyObject) => string | Buffer])[] = [
  ["as PEM", (key) => key.export({ format: "pem", type: "spki" })],
  ["as PEM without its last line break", (key) => pem(key).trimEnd()],
  ["as PEM with CRLF", (key) => pem(key).replaceAll("\n", "\r\n")],
  ["as DER", (key) => key.export({ format: "der", type: "spki" })],
  ["as DER in base64", (key) => key.export({ format: "der", type: "spki" }).toString("base64")],
  ["as PKCS #1 PEM", (key) => key.export({ format: "pem", type: "pkcs1" })],
  ["as PKCS #1 DER", (key) => key.export({ format: "der", type: "pkcs1" })],
  ["as a JWK", (key) => JSON.stringify(key.export({ format: "jwk" }))],
  ["as its modulus", (key) => Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url")],
];

function pem(key: KeyObject): string {
  return key.export({ format: "pem", type: "spki" }).toString();
}

const ecToken = ({ issuer, elliptic }: World) =>
  issuer.token({}, elliptic.privateKey, { alg: "ES256", kid: "ec" });

export const signatureAttacks: readonly Attack[] = [
  ...["none", "None", "NONE", "nOnE", "none ", "no\u200bne"].flatMap((alg): Attack[] => [
    [`alg ${JSON.stringify(alg)} without a signature`, noNone, "", (w) => unsecured(w, alg)],
    [
      `alg ${JSON.stringify(alg)} with a signature`,
      noNone,
      "alg",
      (w) => unsecured(w, alg) + w.issuer.token().split(".")[2],
    ],
  ]),
  ...publicKeyEncodings.map(
    ([encoding, encode]): Attack => [
      `HS256 with the public key ${encoding} as the secret`,
      onlyChosen,
      "alg",
      (w) => withHmac(w, "HS256", encode(w.issuer.keys.publicKey)),
    ],
  ),
  ...["HS384", "HS512"].map(
    (alg): Attack => [
      `${alg} with the public key as the secret`,
      onlyChosen,
      "alg",
      (w) => withHmac(w, alg, pem(w.issuer.keys.publicKey)),
    ],
  ),
  ["HS256 with an empty secret", onlyChosen, "alg", (w) => withHmac(w, "HS256", "")],
  ...["EdDSA", "ES256K", "RS1", "RSA-OAEP", "rs256", "", null, 256, ["RS256"], { a: 1 }].map(
    (alg): Attack => [
      `alg ${JSON.stringify(alg)}`,
      onlyChosen,
      "alg",
      ({ issuer }) => issuer.token().replace(/^[^.]+/, tokenPart({ alg, kid: "1" })),
    ],
  ),
  [
    "no alg",
    'RFC 7515, 4.1.1: "alg" MUST be present',
    "alg",
    ({ issuer }) => issuer.token().replace(/^[^.]+/, tokenPart({ typ: "JWT", kid: "1" })),
  ],
  ...["RS384", "RS512", "PS256"].map(
    (alg): Attack => [
      `${alg} with a key for RS256`,
      oneAlgorithm,
      "alg",
      ({ issuer }) => issuer.token({}, undefined, { alg }),
    ],
  ),
  [
    "ES256 with the kid of an RSA key",
    oneAlgorithm,
    "alg",
    ({ issuer, elliptic }) => issuer.token({}, elliptic.privateKey, { alg: "ES256" }),
  ],
  [
    "ES384 with a P-256 key",
    "RFC 7518, 3.4: ES384 is ECDSA using P-384",
    "alg",
    ({ issuer, elliptic }) =>
      issuer.token({}, elliptic.privateKey, { alg: "ES384", kid: "ec-any" }),
  ],
  [
    "another key's signature",
    allValidated,
    "signature",
    ({ issuer, attacker }) => issuer.token({}, attacker.keys.privateKey),
  ],
  [
    "the signature of another token of the issuer",
    allValidated,
    "signature",
    ({ issuer }) => resigned(issuer.token(), signatureOf(issuer.token({ sub: "x" }))),
  ],
  [
    "a signature with one bit changed",
    allValidated,
    "signature",
    ({ issuer }) => {
      const signature = signatureOf(issuer.token());
      signature[100] = (signature[100] ?? 0) ^ 1;
      return resigned(issuer.token(), signature);
    },
  ],
  [
    "a truncated signature",
    "RFC 7518, 3.3: RSASSA-PKCS1-v1_5 signatures are as long as the modulus",
    "signature",
    ({ issuer }) => resigned(issuer.token(), signatureOf(issuer.token()).subarray(0, 255)),
  ],
  [
    "a signature of zeros",
    allValidated,
    "signature",
    ({ issuer }) => resigned(issuer.token(), Buffer.alloc(256)),
  ],
  [
    "an ECDSA signature in DER",
    rawSignature,
    "signature",
    (w) => {
      const token = ecToken(w);
      const text = Buffer.from(token.slice(0, token.lastIndexOf(".")));
      return resigned(token, sign("sha256", text, w.elliptic.privateKey));
    },
  ],
  [
    "an ECDSA signature of zeros",
    "RFC 8725, 3.4: cryptographic inputs MUST be validated",
    "signature",
    (w) => resigned(ecToken(w), Buffer.alloc(64)),
  ],
  [
    "an ECDSA signature of R = S = 1",
    allValidated,
    "signature",
    (w) => resigned(ecToken(w), Buffer.from(`${"00".repeat(31)}01`.repeat(2), "hex")),
  ],
  [
    "an ECDSA signature of half the length",
    rawSignature,
    "signature",
    (w) => resigned(ecToken(w), Buffer.alloc(32, 7)),
  ],
  [
    "an ECDSA signature with an extra byte at the end",
    rawSignature,
    "signature",
    (w) => {
      const token = ecToken(w);
      return resigned(token, Buffer.concat([signatureOf(token), Buffer.alloc(1)]));
    },
  ],
];
