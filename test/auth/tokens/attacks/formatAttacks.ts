import { signedToken, tokenPart } from "../../../support/signedToken.ts";
import type { Attack, World } from "./attack.ts";

const threeParts = "RFC 7515, 7.1: three parts, separated by two periods";
const noPadding = 'RFC 7515, 2: base64url with all trailing "=" characters omitted';
const canonical = "RFC 4648, 3.5: pad bits MUST be set to zero, others MAY be rejected";
const objectInside = "RFC 7519, 7.2: a completely valid JSON object";
const utf8 = "RFC 8725, 3.7: JSON texts MUST be in UTF-8";

const parts = ({ issuer }: World) => issuer.token().split(".");

const format = (what: string, source: string, token: Attack[3], names = ""): Attack => [
  what,
  source,
  names,
  token,
];

/** A correctly signed token with the payload `value`. */
const payload = (what: string, source: string, value: unknown): Attack =>
  format(
    `a payload that is ${what}`,
    source,
    ({ issuer }) =>
      signedToken({ alg: "RS256", typ: "JWT", kid: "1" }, value, issuer.keys.privateKey),
    "payload",
  );

const header = (what: string, source: string, value: unknown): Attack =>
  format(
    `a header that is ${what}`,
    source,
    ({ issuer }) => signedToken(value, issuer.claims(), issuer.keys.privateKey),
    "header",
  );

/** JSON with a byte that is not UTF-8. A lenient decoder turns it into a replacement character. */
const notUtf8 = Buffer.from('{"sub":"some\xffbody"}', "latin1");

export const formatAttacks: readonly Attack[] = [
  ...["x", "not-a-token", "..", "...", "a.b.c", "null", "undefined", "[object Object]"].map(
    (text) => format(`the text ${text}`, threeParts, () => text),
  ),
  format("a user's id", threeParts, () => "tests:someone"),
  format("a token and another word", "RFC 6750, 2.1: b64token", (w) => `${w.issuer.token()} x`),
  format("two parts", threeParts, (w) => parts(w).slice(0, 2).join(".")),
  format("no signature", threeParts, (w) => `${parts(w).slice(0, 2).join(".")}.`, "not a signed"),
  format("a fourth part", threeParts, (w) => `${w.issuer.token()}.x`),
  format("a period at the end", threeParts, (w) => `${w.issuer.token()}.`),
  format("a period before the token", threeParts, (w) => `.${w.issuer.token()}`),
  format(
    "a detached payload",
    "RFC 7515, appendix F: the payload is empty and is sent separately",
    (w) => `${parts(w)[0]}..${parts(w)[2]}`,
  ),
  format(
    "an encrypted token",
    "our policy: signed tokens only (RFC 7516, 7.1: five parts)",
    () =>
      `${tokenPart({ alg: "RSA-OAEP-256", enc: "A256GCM" })}.${tokenPart(Buffer.alloc(256, 1))}` +
      `.${tokenPart(Buffer.alloc(12))}.${tokenPart(Buffer.alloc(48))}.${tokenPart(Buffer.alloc(16))}`,
  ),
  format(
    "a nested token",
    "our policy: no nested tokens (RFC 7519, 5.2)",
    ({ issuer }) =>
      signedToken(
        { alg: "RS256", typ: "JWT", cty: "JWT", kid: "1" },
        Buffer.from(issuer.token()),
        issuer.keys.privateKey,
      ),
    "payload",
  ),
  ...[0, 1, 2].flatMap((part) => [
    format(`part ${part} with padding`, noPadding, (w) =>
      parts(w)
        .map((text, index) => (index === part ? `${text}=` : text))
        .join("."),
    ),
    format(`part ${part} cut by one character`, canonical, (w) =>
      parts(w)
        .map((text, index) => (index === part ? text.slice(0, -1) : text))
        .join("."),
    ),
    format(`part ${part} with a character that is not base64url`, noPadding, (w) =>
      parts(w)
        .map((text, index) => (index === part ? `${text.slice(0, 8)}*${text.slice(8)}` : text))
        .join("."),
    ),
  ]),
  format("the signature in base64 with + and /", noPadding, (w) => {
    const [head = "", claims = ""] = parts(w);
    return `${head}.${claims}.${Buffer.alloc(256, "+/").toString("base64")}`;
  }),
  format("the same signature in a non-canonical encoding", canonical, (w) => {
    // 256 bytes leave 4 unused bits in the last character.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const token = w.issuer.token();
    return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? "") + 1];
  }),
  payload("null", objectInside, null),
  payload("an array", objectInside, [{ sub: "someone" }]),
  payload("a string", objectInside, "someone"),
  payload("a number", objectInside, 1),
  payload("true", objectInside, true),
  payload("not JSON", objectInside, Buffer.from("{sub:'someone'}")),
  payload("JSON followed by more JSON", objectInside, Buffer.from('{"sub":"someone"}{}')),
  payload("nested 3,000 levels deep", objectInside, Buffer.from("[".repeat(3_000))),
  payload("not UTF-8", utf8, notUtf8),
  payload("UTF-16", utf8, Buffer.from('{"sub":"someone"}', "utf16le")),
  payload(
    "JSON after a byte order mark",
    "RFC 8259, 8.1: MUST NOT add one",
    Buffer.from("\ufeff{}"),
  ),
  header("null", objectInside, null),
  header("an array", objectInside, ["RS256"]),
  header("a string", objectInside, "RS256"),
  header("not JSON", objectInside, Buffer.from("alg=RS256")),
  header("not UTF-8", utf8, Buffer.from('{"alg":"RS256","kid":"\xff"}', "latin1")),
  format(
    "a text of 30,000 characters",
    "RFC 7515, 7.1: three parts with periods between",
    () => "x".repeat(30_000),
    "not a signed JSON Web Token",
  ),
  format(
    "30,000 periods",
    "RFC 7515, 7.1: three parts with periods between",
    () => ".".repeat(30_000),
    "not a signed JSON Web Token",
  ),
];
