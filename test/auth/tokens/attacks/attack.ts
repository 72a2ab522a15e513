import type { KeyPairKeyObjectResult } from "node:crypto";
import type { TestIssuer } from "../../../support/testIssuer.ts";

/** What an attack can use. */
export interface World {
  /** An accepted issuer, which publishes the keys below and more: see `attacks.test.ts`. */
  readonly issuer: TestIssuer;
  /** Another accepted issuer, for another audience. */
  readonly other: TestIssuer;
  /** Nobody's: it publishes its key, and its requests would be seen. */
  readonly attacker: TestIssuer;
  /** Of P-256, published as `ec`, and as `ec-any` without an alg. */
  readonly elliptic: KeyPairKeyObjectResult;
  /** RSA of 1024 bits, published as `weak`. */
  readonly weak: KeyPairKeyObjectResult;
}

/** A token that has to be refused. */
export type Attack = readonly [
  what: string,
  /** The sentence that forbids it, or "our policy". */
  source: string,
  /** What the answer has to name. */
  names: string,
  token: (world: World) => string,
];

/** Whose tokens Entra's and Google's attacks say to be; the test issuer has their keys. */
export const tenantId = "01234567-89ab-cdef-0123-456789abcdef";
export const entraClaims = {
  iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  tid: tenantId,
  oid: "an-object-id",
};
