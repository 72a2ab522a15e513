import type { HubResult } from "../hub/result.ts";
import type { Platform } from "../platforms/platforms.ts";

/** A registration in the hub. */
export interface Registration {
  readonly registrationId: string;
  readonly etag: string;
  /** `other` is a kind that this app never creates, such as a template registration. */
  readonly platform: Platform | "other";
  readonly handle: string;
  readonly tags: readonly string[];
  /** When the registration expires, in ISO 8601. */
  readonly expirationTime: string;
}

/** The content to write to a registration. */
export interface RegistrationContent {
  readonly platform: Platform;
  readonly handle: string;
  readonly tags: readonly string[];
}

/**
 * The registrations of the hub. Each call is tried once and ends when its signal aborts. Lists may be some
 * seconds old. Single reads and writes are current: `changed` means that a registration has changed since it
 * was read, `gone` that it does not exist or that its id is retired.
 */
export interface RegistrationHub {
  listByTag(tag: string, signal: AbortSignal): Promise<HubResult<Registration[]>>;
  listByHandle(
    platform: Platform,
    handle: string,
    signal: AbortSignal,
  ): Promise<HubResult<Registration[]>>;
  get(registrationId: string, signal: AbortSignal): Promise<HubResult<Registration>>;
  createId(signal: AbortSignal): Promise<HubResult<string>>;
  /**
   * Creates a registration under an id from {@link createId}, which no other request has. The call is
   * idempotent, and overwrites a registration that exists.
   */
  create(
    registrationId: string,
    content: RegistrationContent,
    signal: AbortSignal,
  ): Promise<HubResult<Registration>>;
  /** Updates a registration that was read, unless it has changed since. */
  update(
    read: Registration,
    content: RegistrationContent,
    signal: AbortSignal,
  ): Promise<HubResult<Registration>>;
  /** Deletes a registration that was read, unless it has changed since. */
  remove(read: Registration, signal: AbortSignal): Promise<HubResult<void>>;
}
