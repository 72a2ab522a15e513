import type { KeyPairKeyObjectResult } from "node:crypto";
import type { TestIssuer } from "../../../support/testIssuer.ts";

/** The issuers and keys that an attack can use. */
export interface World {
  /** An accepted issuer. It publishes the keys below and others: see `attacks.test.ts`. */
  readonly issuer: TestIssuer;
  /** Another accepted issuer, with another audience. */
  readonly other: TestIssuer;
  /** An issuer that is not accepted. It publishes its key and counts how often its keys are fetched. */
  readonly attacker: TestIssuer;
  /** A P-256 key pair, published as `ec` and, without an alg, as `ec-any`. */
  readonly elliptic: KeyPairKeyObjectResult;
  /** A 1024-bit RSA key pair, published as `weak`. */
  readonly weak: KeyPairKeyObjectResult;
}

/** A token that the app must refuse. */
export type Attack = readonly [
  what: string,
  /** The sentence that forbids it, or "our policy". */
  source: string,
  /** A text that the detail of the response must contain. */
  names: string,
  token: (world: World) => string,
];

/** The tenant that the app accepts, and claims of its tokens. The test issuer publishes Entra's keys. */
export const tenantId = "01234567-89ab-cdef-0123-456789abcdef";
export const entraClaims = {
  iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  tid: tenantId,
  oid: "an-object-id",
};
