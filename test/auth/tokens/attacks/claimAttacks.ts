import { signedToken, tokenPart } from "../../../support/signedToken.ts";
import { type Attack, entraClaims, tenantId, type World } from "./attack.ts";

const now = () => Math.floor(Date.now() / 1000);
const year = 365 * 24 * 60 * 60;

const numericDate = "RFC 7519, 4.1.4: its value MUST be a NumericDate, a number";
const audienceType = "RFC 7519, 4.1.3: an array of strings, or a single string";
const subjectType = "RFC 7519, 4.1.2: its value MUST be a StringOrURI";
const critical = 'RFC 7515, 4.1.11: "crit" lists what MUST be understood, and is not empty';
const tenant = "our policy: Entra's issuer names the configured tenant, and tid matches it";
const mutuallyExclusive = "RFC 8725, 3.12: rules that reject JWTs of the wrong kind";

/** A correctly signed token with one wrong claim. */
function claim(source: string, name: string, what: string, value: () => unknown): Attack {
  return [`${name} ${what}`, source, name, ({ issuer }) => issuer.token({ [name]: value() })];
}

/** A correctly signed token with one wrong claim that `JSON.stringify` cannot produce. */
function rawClaim(source: string, name: string, what: string, json: string): Attack {
  const make = ({ issuer }: World) => {
    const claims = JSON.stringify({ ...issuer.claims(), [name]: "PLACE" });
    const payload = Buffer.from(claims.replace('"PLACE"', json));
    return signedToken({ alg: "RS256", typ: "JWT", kid: "1" }, payload, issuer.keys.privateKey);
  };
  return [`${name} ${what}`, source, name, make];
}

const header = (source: string, name: string, value: unknown): Attack => [
  `${name} ${JSON.stringify(value)}`,
  source,
  name,
  ({ issuer }) => issuer.token({}, undefined, { [name]: value }),
];

/** A token that claims to be from an issuer whose names the app knows. */
const provider = (source: string, named: string, what: string, claims: object): Attack => [
  what,
  source,
  named,
  ({ issuer }) => issuer.token(claims),
];

export const claimAttacks: readonly Attack[] = [
  claim("our policy: exp is required", "exp", "is missing", () => undefined),
  claim(numericDate, "exp", "is a string", () => String(now() + 600)),
  claim(numericDate, "exp", "is an ISO 8601 date", () => "2099-01-01T00:00:00Z"),
  claim(numericDate, "exp", "is null", () => null),
  claim(numericDate, "exp", "is true", () => true),
  claim(numericDate, "exp", "is an array", () => [now() + 600]),
  claim(numericDate, "exp", "is an object", () => ({ valueOf: now() + 600 })),
  rawClaim(numericDate, "exp", "is too large for a number", "1e999"),
  claim("RFC 7519, 4.1.4: MUST NOT be accepted after exp", "exp", "is negative", () => -1),
  claim("RFC 7519, 4.1.4: MUST NOT be accepted after exp", "exp", "is 0", () => 0),
  claim(
    "RFC 7519, 4.1.4: some leeway, usually no more than a few minutes; ours is 60 s",
    "exp",
    "passed 61 s ago",
    () => now() - 61,
  ),
  claim("our policy: at most a year", "exp", "is 366 days away", () => now() + year + 86_400),
  claim("our policy: at most a year", "exp", "is in milliseconds", () => Date.now() + 600_000),
  claim("RFC 7519, 4.1.5: MUST NOT be accepted before nbf", "nbf", "is in 90 s", () => now() + 90),
  claim(numericDate, "nbf", "is a string", () => "0"),
  claim(numericDate, "nbf", "is null", () => null),
  rawClaim(numericDate, "nbf", "is too small for a number", "-1e999"),
  claim("our policy: at most 60 s in the future", "iat", "is in 90 s", () => now() + 90),
  claim(numericDate, "iat", "is a string", () => String(now())),

  claim("our policy: iss is required", "iss", "is missing", () => undefined),
  claim("RFC 7519, 4.1.1: a case-sensitive string", "iss", "is a number", () => 1),
  [
    "iss is an array with the issuer's name",
    "RFC 7519, 4.1.1: a case-sensitive string",
    "iss",
    ({ issuer }) => issuer.token({ iss: [issuer.url] }),
  ],
  ...["/", "#", "?", " ", ".example.com"].map(
    (end): Attack => [
      `iss is the issuer's name followed by ${JSON.stringify(end)}`,
      "RFC 7519, 4.1.1: a case-sensitive string, compared without transformations",
      "iss",
      ({ issuer }) => issuer.token({ iss: issuer.url + end }),
    ],
  ),
  [
    "iss is the issuer's name in upper case",
    "RFC 7519, 4.1.1: a case-sensitive string",
    "iss",
    ({ issuer }) => issuer.token({ iss: issuer.url.toUpperCase() }),
  ],

  claim("our policy: aud is required", "aud", "is missing", () => undefined),
  ...["", "the-test", "the-tests ", "THE-TESTS", "the-tests,others", ".*"].map((aud) =>
    claim("RFC 8725, 3.9: the audience MUST be validated", "aud", JSON.stringify(aud), () => aud),
  ),
  claim("RFC 8725, 3.9: the audience MUST be validated", "aud", "is empty", () => []),
  claim("RFC 8725, 3.9: the audience MUST be validated", "aud", "is an array without ours", () => [
    "another-app",
    "the-test",
  ]),
  claim(audienceType, "aud", "is an object", () => ({ "the-tests": true })),
  claim(audienceType, "aud", "is a number", () => 1),
  claim(audienceType, "aud", "is null", () => null),
  claim(audienceType, "aud", "is an array with ours and a number", () => ["the-tests", 1]),
  claim(audienceType, "aud", "is an array in an array", () => [["the-tests"]]),

  claim("our policy: sub names a user", "sub", "is missing", () => undefined),
  ...[1, 1.5, true, null, {}, { id: "someone" }, ["someone"], []].map((sub) =>
    claim(subjectType, "sub", `is ${JSON.stringify(sub)}`, () => sub),
  ),
  claim("our policy: sub names a user", "sub", "is empty", () => ""),
  ...["some\nbody", "someone\u0000", "\u0007", "some\u0085body", "some\u007fbody"].map((sub) =>
    claim("our policy: no control characters", "sub", JSON.stringify(sub), () => sub),
  ),
  rawClaim("our policy: well-formed Unicode", "sub", "has a lone surrogate", '"a\\ud800"'),
  rawClaim("our policy: well-formed Unicode", "sub", "has reversed surrogates", '"\\udc00\\ud800"'),
  claim(
    "OpenID Connect Core 1.0, 2: it MUST NOT exceed 255 characters",
    "sub",
    "has 256 characters",
    () => "s".repeat(256),
  ),
  [
    "sub is in __proto__",
    "our policy: sub names a user",
    "sub",
    ({ issuer }) => {
      const { sub, ...claims } = issuer.claims();
      const payload = JSON.stringify(claims).replace(/}$/, `,"__proto__":{"sub":"${sub}"}}`);
      return signedToken(
        { alg: "RS256", typ: "JWT", kid: "1" },
        Buffer.from(payload),
        issuer.keys.privateKey,
      );
    },
  ],

  provider(tenant, "tid", "Entra's issuer without tid", { ...entraClaims, tid: undefined }),
  provider(tenant, "tid", "Entra's issuer with another tid", {
    ...entraClaims,
    tid: tenantId.replace("0", "f"),
  }),
  provider(tenant, "tid", "Entra's issuer with tid as an array", {
    ...entraClaims,
    tid: [tenantId],
  }),
  ...[tenantId.replace("0", "f"), "common", "organizations", "{tenantid}"].map((named) =>
    provider(tenant, "iss", `Entra's issuer of the tenant ${named}`, {
      ...entraClaims,
      iss: `https://login.microsoftonline.com/${named}/v2.0`,
    }),
  ),
  provider("our policy: oid names Entra's users", "oid", "Entra's user without oid", {
    ...entraClaims,
    oid: undefined,
  }),
  provider("our policy: Google has two issuer names", "iss", "Google's issuer over http", {
    iss: "http://accounts.google.com",
  }),

  ...[["exp"], ["b64"], ["http://example.com/UNDEFINED"], [], "exp", null, {}, false].map((crit) =>
    header(critical, "crit", crit),
  ),
  [
    "an unencoded payload",
    "RFC 7797, 6: b64 requires crit, which this app does not support",
    "crit",
    ({ issuer }) => issuer.token({}, undefined, { b64: false, crit: ["b64"] }),
  ],
  ...["logout+jwt", "application/secevent+jwt", "dpop+jwt", "JOSE", ""].map((typ) =>
    header(mutuallyExclusive, "typ", typ),
  ),
  ...[1, null, ["JWT"]].map((typ) => header("RFC 7515, 4.1.9: a media type", "typ", typ)),
  [
    "a refused alg, with everything else wrong too",
    "our policy: one sentence about the first fault",
    "alg",
    () => `${tokenPart({ alg: "x", crit: 1 })}.${tokenPart({ exp: "x" })}.eHg`,
  ],
];
