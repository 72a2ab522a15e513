/** A notification that reached a device, as the hub emulator tells it. */
export interface Delivery {
  readonly seq: number;
  readonly at: string;
  readonly platform: string;
  readonly handle: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly notificationId: string;
}

export interface SendTarget {
  readonly platform: string;
  readonly handle: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly rule?: string;
}

/** A request to the hub, as the hub emulator tells it. */
export interface HubRequest {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly target: string;
  readonly status?: number;
  readonly durationMs: number;
  readonly operation?: string;
  readonly detail?: string;
  readonly fault?: true;
  readonly notificationId?: string;
  readonly format?: string;
  readonly tags?: string;
  readonly replacementKey?: string;
  readonly send?: {
    readonly format: string;
    readonly tags?: string;
    readonly devices: number;
    readonly delivered: number;
    readonly targets: readonly SendTarget[];
  };
}

/** What the hub can be made to do. */
export type Weather = "fine" | "down" | "slow" | "throttling" | "lagging";

const rules: Readonly<Record<Weather, readonly object[]>> = {
  fine: [],
  down: [{ status: 503 }],
  slow: [{ delayMs: 3_000 }],
  throttling: [{ status: 429, retryAfter: 5 }],
  lagging: [{ listLagMs: 3_000 }],
};

export class Hub {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Follows what reaches devices from the beginning, and again after a lost connection. */
  followDeliveries(receive: (delivery: Delivery) => void): void {
    this.#follow("deliveries", receive);
  }

  /** Follows what the hub is asked. */
  followRequests(receive: (request: HubRequest) => void): void {
    this.#follow("requests", receive);
  }

  #follow<Entry>(what: string, receive: (entry: Entry) => void): void {
    const events = new EventSource(`${this.#url}/_emulator/${what}?after=0`);
    events.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  }

  async setWeather(weather: Weather): Promise<void> {
    await this.#put("faults", { rules: rules[weather] });
  }

  async setDevice(handle: string, state: object): Promise<void> {
    await this.#put(`devices/${encodeURIComponent(handle)}`, state);
  }

  /** Returns what the hub is made to do, or undefined if the Lab did not set it. */
  async weather(): Promise<Weather | undefined> {
    const response = await fetch(`${this.#url}/_emulator/faults`);
    const { rules: set }: { rules: object[] } = await response.json();
    const names = Object.keys(rules).filter((name): name is Weather => name in rules);
    return names.find((name) => JSON.stringify(rules[name]) === JSON.stringify(set));
  }

  async #put(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.#url}/_emulator/${path}`, {
      method: "PUT",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The hub answered ${response.status}.`);
  }
}
