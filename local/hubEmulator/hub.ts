import type { Deliveries } from "./deliveries.ts";
import type { ApnsEnvironment, Devices } from "./devices.ts";
import type { Faults } from "./faults.ts";
import type { Feedback } from "./feedback.ts";
import type { SentNotifications } from "./outcomes.ts";
import type { HubState } from "./state.ts";

/** A hub and the simulated world around it. */
export interface Hub {
  readonly name: string;
  readonly scheme: "http" | "https";
  readonly state: HubState;
  readonly sent: SentNotifications;
  readonly feedback: Feedback;
  readonly deliveries: Deliveries;
  readonly devices: Devices;
  readonly faults: Faults;
  /** The Apple push service that the hub has credentials for. */
  readonly apnsEnvironment: ApnsEnvironment;
}
