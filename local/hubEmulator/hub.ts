import type { HubState } from "./registrations/state.ts";
import type { SentNotifications } from "./sending/outcomes.ts";
import type { ServiceVersion } from "./serviceVersion.ts";
import type { Deliveries } from "./world/deliveries.ts";
import type { ApnsEnvironment, Devices } from "./world/devices.ts";
import type { Faults } from "./world/faults.ts";
import type { Feedback } from "./world/feedback.ts";
import type { Requests } from "./world/requests.ts";

/** A hub and the simulated world around it. */
export interface Hub {
  readonly name: string;
  readonly age: HubAge;
  readonly state: HubState;
  readonly sent: SentNotifications;
  readonly feedback: Feedback;
  readonly deliveries: Deliveries;
  readonly requests: Requests;
  readonly devices: Devices;
  readonly faults: Faults;
  /** The Apple push service that the hub has credentials for. */
  readonly apnsEnvironment: ApnsEnvironment;
  /** The version of the service to be like. */
  readonly service: ServiceVersion;
}

/** What tells work that began earlier whether it still belongs to this hub. */
export interface HubAge {
  /** How often the hub was reset. */
  resets: number;
  /** Whether the emulator was stopped. */
  closed: boolean;
}

/** Returns a function that tells whether the hub was reset or stopped since now. */
export function whetherOutlived({ age }: Pick<Hub, "age">): () => boolean {
  const { resets } = age;
  return () => age.closed || age.resets !== resets;
}
