import type { HubAddress } from "../hubClient.ts";

/** A request that the service refuses; what is not given is sound. */
export interface BadRequest {
  readonly what: string;
  readonly status: number;
  /** `GET` by default. */
  readonly method?: string;
  /** After the hub's name. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Part of the error's detail. */
  readonly detail?: string;
  /** The signature, or undefined for none. */
  readonly authorization?: (hub: HubAddress) => string | undefined;
}

/** What every hub of this suite has in it. */
export const presentRegistration = "1-1-1";
export const retiredRegistration = "2-2-2";
export const presentInstallation = "i1";

/** One tag more than a registration may have, joined by commas. */
export const manyTags = Array.from({ length: 61 }, (_, i) => `t${i}`).join(",");

/** Requests that have much in common. */
export function refused(
  common: Omit<BadRequest, "what">,
  requests: readonly (Pick<BadRequest, "what"> & Partial<BadRequest>)[],
): readonly BadRequest[] {
  return requests.map((request) => ({ ...common, ...request }));
}
