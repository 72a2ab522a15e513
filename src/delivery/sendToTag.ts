import type { HubResult } from "../hub/result.ts";
import type { Payload } from "./payload.ts";

/** Sends a notification through the hub, in one try, to every device that has a tag. */
export type SendToTag = (
  tag: string,
  payload: Payload,
  abortSignal: AbortSignal,
) => Promise<HubResult<void>>;
