import type { Platform } from "../hub/platform.ts";
import type { HubResult } from "../hub/result.ts";

/** A registration as the hub holds it. */
export interface Registration {
  readonly registrationId: string;
  readonly etag: string;
  /** `other` is a kind that this app never makes, such as a template registration. */
  readonly platform: Platform | "other";
  readonly handle: string;
  readonly tags: readonly string[];
  /** When the hub forgets it, in ISO 8601. */
  readonly expirationTime: string;
}

/** What a registration is to say. */
export interface RegistrationContent {
  readonly platform: Platform;
  readonly handle: string;
  readonly tags: readonly string[];
}

/**
 * What registering needs of the hub. Every call is one try, and ends when its signal says so. `changed`
 * means that a registration is not what it was when it was read, or that an id has been retired.
 */
export interface RegistrationHub {
  listByTag(tag: string, signal: AbortSignal): Promise<HubResult<Registration[]>>;
  listByHandle(
    platform: Platform,
    handle: string,
    signal: AbortSignal,
  ): Promise<HubResult<Registration[]>>;
  createId(signal: AbortSignal): Promise<HubResult<string>>;
  /** Writes what an id made by {@link createId} stands for; doing it again changes nothing. */
  create(
    registrationId: string,
    content: RegistrationContent,
    signal: AbortSignal,
  ): Promise<HubResult<Registration>>;
  /** Writes onto a registration that was read, unless it has changed since. */
  update(
    read: Registration,
    content: RegistrationContent,
    signal: AbortSignal,
  ): Promise<HubResult<Registration>>;
  /** Deletes a registration that was read, unless it has changed since. */
  remove(read: Registration, signal: AbortSignal): Promise<HubResult<void>>;
}
