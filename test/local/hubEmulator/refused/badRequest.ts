import type { HubAddress } from "../hubClient.ts";

/** A request that the service refuses. Omitted parts are valid. */
export interface BadRequest {
  readonly what: string;
  readonly status: number;
  /** `GET` by default. */
  readonly method?: string;
  /** The path after the hub's name. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Part of the error's detail. */
  readonly detail?: string;
  /** Returns the signature, or undefined for none. If omitted, the signature is valid. */
  readonly authorization?: (hub: HubAddress) => string | undefined;
}

/** Ids that the suite creates in its hub first. It deletes the retired registration again. */
export const presentRegistration = "1-1-1";
export const retiredRegistration = "2-2-2";
export const presentInstallation = "i1";

/** One tag more than the 60 that a registration may have, joined by commas. */
export const manyTags = Array.from({ length: 61 }, (_, i) => `t${i}`).join(",");

/** Adds the common parts to each request. */
export function refused(
  common: Omit<BadRequest, "what">,
  requests: readonly (Pick<BadRequest, "what"> & Partial<BadRequest>)[],
): readonly BadRequest[] {
  return requests.map((request) => ({ ...common, ...request }));
}
