import type { HubResult } from "../hub/result.ts";
import type { Audience } from "./audience.ts";
import type { Payload } from "./payload.ts";

/** What the hub says about a notification that it accepted. */
export interface Accepted {
  /** The notification's id in the hub, under which its Standard tier tells the outcome. Other tiers have none. */
  readonly notificationId?: string;
}

/** Sends a notification through the hub, in one try, to every device of an audience. */
export type SendToAudience = (
  audience: Audience,
  payload: Payload,
  abortSignal: AbortSignal,
) => Promise<HubResult<Accepted>>;
