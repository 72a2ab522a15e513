import { tokenPart } from "../../../support/signedToken.ts";
import { jwk, testAudience } from "../../../support/testIssuer.ts";
import type { Attack, World } from "./attack.ts";

const keysOfIssuer = "RFC 8725, 3.8: the keys used MUST belong to the issuer";
const kidIsUntrusted = 'RFC 8725, 3.10: "kid" SHOULD be sanitized before keys are looked up by it';
const urlIsUntrusted = 'RFC 8725, 3.10: "jku" and "x5u" must not be followed blindly';
const kidIsString = 'RFC 7515, 4.1.4: "kid" MUST be a string';

/** A token that the attacker signed in the name of this issuer. */
const forged = ({ issuer, attacker }: World, header: object) =>
  issuer.token({}, attacker.keys.privateKey, header);

export const keyAttacks: readonly Attack[] = [
  [
    "another accepted issuer's key with this issuer's name",
    keysOfIssuer,
    "signature",
    ({ issuer, other }) => issuer.token({}, other.keys.privateKey),
  ],
  [
    "another accepted issuer's key, and its kid",
    keysOfIssuer,
    "kid",
    ({ issuer, other }) => issuer.token({}, other.keys.privateKey, { kid: "others" }),
  ],
  [
    "this issuer's key with another's name",
    keysOfIssuer,
    "kid",
    ({ issuer, other }) => issuer.token({ iss: other.url, aud: "others" }),
  ],
  [
    "this issuer's token for another issuer's audience",
    "RFC 8725, 3.9: the audience MUST be validated",
    "aud",
    ({ issuer }) => issuer.token({ aud: "others" }),
  ],
  [
    "an issuer that is not accepted",
    "RFC 8725, 3.8: the issuer MUST be validated",
    "iss",
    ({ attacker }) => attacker.token({ aud: testAudience }),
  ],
  [
    "a key in the header",
    keysOfIssuer,
    "kid",
    (w) => forged(w, { kid: "new", jwk: jwk(w.attacker.keys.publicKey, {}) }),
  ],
  [
    "a key in the header under a published kid",
    keysOfIssuer,
    "signature",
    (w) => forged(w, { jwk: jwk(w.attacker.keys.publicKey, { kid: "1" }) }),
  ],
  [
    "the URL of keys in the header",
    urlIsUntrusted,
    "kid",
    (w) => forged(w, { kid: "new", jku: `${w.attacker.url}/keys` }),
  ],
  [
    "the URL of a certificate in the header",
    urlIsUntrusted,
    "kid",
    (w) => forged(w, { kid: "new", x5u: `${w.attacker.url}/keys` }),
  ],
  [
    "a certificate in the header",
    keysOfIssuer,
    "signature",
    (w) =>
      forged(w, {
        x5c: [w.attacker.keys.publicKey.export({ format: "der", type: "spki" }).toString("base64")],
      }),
  ],
  ["a kid that is a URL", urlIsUntrusted, "kid", (w) => forged(w, { kid: w.attacker.url })],
  ...[
    "../../../../dev/null",
    "file:///etc/passwd",
    "1' OR '1'='1",
    "1'; DROP TABLE keys; --",
    "*)(uid=*",
    "1\u0000",
    "__proto__",
    "constructor",
    "",
    "k".repeat(4096),
  ].map(
    (kid): Attack => [
      `the kid ${JSON.stringify(kid.slice(0, 24))} of ${kid.length} characters`,
      kidIsUntrusted,
      "kid",
      (w) => forged(w, { kid }),
    ],
  ),
  ...[1, null, true, ["1"], { kid: "1" }].map(
    (kid): Attack => [
      `the kid ${JSON.stringify(kid)}`,
      kidIsString,
      "kid",
      ({ issuer }) => issuer.token({}, undefined, { kid }),
    ],
  ),
  [
    "no kid if several keys fit",
    "our policy: without kid, the issuer must have exactly one fitting key",
    "kid",
    ({ issuer }) => issuer.token({}, undefined, { kid: undefined }),
  ],
  ...[
    ["enc", 'RFC 7517, 4.2: "use" is the intended use'],
    ["ops", 'RFC 7517, 4.3: "key_ops" lists the operations for which the key is intended'],
  ].map(
    ([kid, source = ""]): Attack => [
      `a key for encryption (${kid})`,
      source,
      "kid",
      ({ issuer }) => issuer.token({}, undefined, { kid }),
    ],
  ),
  [
    "a key for RSA-OAEP",
    'RFC 7517, 4.4: "alg" is the algorithm intended for use with the key',
    "alg",
    ({ issuer }) => issuer.token({}, undefined, { kid: "oaep" }),
  ],
  [
    "an RSA key of 1024 bits",
    "RFC 7518, 3.3: a key of size 2048 bits or larger MUST be used",
    "kid",
    ({ issuer, weak }) => issuer.token({}, weak.privateKey, { kid: "weak" }),
  ],
  [
    "a published secret",
    "RFC 8725, 3.1: MUST NOT use any other algorithms than the caller specifies",
    "alg",
    ({ issuer }) =>
      issuer.token().replace(/^[^.]+/, tokenPart({ alg: "HS256", typ: "JWT", kid: "secret" })),
  ],
];
