import type { HubResult } from "../../src/hub/result.ts";
import type { Platform } from "../../src/platforms/platforms.ts";
import type { Registration, RegistrationHub } from "../../src/registration/registrationHub.ts";
import type { Clock } from "../../src/registration/retry.ts";

/** What happens to a call instead of a normal response. */
export type Trouble = "busy" | "lost request" | "lost response";

/** A hub in memory that is as unkind as the real one. */
export interface InMemoryHub extends RegistrationHub {
  /** The calls so far: their names, with the registration's id where they have one. */
  readonly calls: string[];
  /** The writes without a condition onto a registration that existed. No request may do that. */
  readonly overwritten: string[];
  /** Everything that is registered now. */
  all(): readonly Registration[];
}

export interface InMemoryHubOptions {
  readonly clock: Clock;
  /** How old the registrations are that lists show, in milliseconds. */
  readonly lagMs: number;
  /** Returns what happens to the next call. */
  readonly trouble?: () => Trouble | undefined;
  /** Resolves when the next call may be handled: it decides how requests interleave. */
  readonly turn?: (call: string) => Promise<unknown>;
}

interface Event {
  readonly at: number;
  readonly id: string;
  /** `undefined` for a deletion. */
  readonly registration: Registration | undefined;
}

export function createInMemoryHub(options: InMemoryHubOptions): InMemoryHub {
  const { clock, lagMs, trouble = () => undefined, turn = async () => undefined } = options;
  const events: Event[] = [];
  const retired = new Set<string>();
  const calls: string[] = [];
  const overwritten: string[] = [];
  let ids = 0;

  /** Returns the registrations as they were at a time. */
  function stateAt(time: number): ReadonlyMap<string, Registration> {
    const state = new Map<string, Registration>();
    for (const { at, id, registration } of events) {
      if (at > time) continue;
      if (registration) state.set(id, registration);
      else state.delete(id);
    }
    return state;
  }
  const current = () => stateAt(Number.POSITIVE_INFINITY);
  const listed = () => [...stateAt(clock.now() - lagMs).values()];

  function write(registration: Registration): Registration {
    events.push({ at: clock.now(), id: registration.registrationId, registration });
    return registration;
  }

  async function call<T>(name: string, handle: () => HubResult<T>): Promise<HubResult<T>> {
    await turn(name);
    calls.push(name);
    // A protocol that never ends would not be seen to fail.
    if (calls.length > 2_000) throw new Error("The requests make calls without end.");
    switch (trouble()) {
      case "busy":
        return { kind: "unavailable", status: 429, retryAfter: 0 };
      case "lost request":
        return { kind: "unavailable" };
      case "lost response":
        handle();
        return { kind: "unavailable" };
      default:
        return handle();
    }
  }

  /** Checks the ETag that a request read. */
  function checked<T>(read: Registration, then: () => T): HubResult<T> {
    const present = current().get(read.registrationId);
    if (!present) return { kind: "gone", status: 404 };
    if (present.etag !== read.etag) return { kind: "changed", status: 412 };
    return done(then());
  }

  return {
    calls,
    overwritten,
    all: () => [...current().values()],
    listByTag: (tag) => call("list", () => done(listed().filter(({ tags }) => tags.includes(tag)))),
    listByHandle: (platform: Platform, handle) =>
      call("list", () =>
        done(listed().filter((one) => one.platform === platform && one.handle === handle)),
      ),
    get: (id) =>
      call(`get ${id}`, () => {
        const present = current().get(id);
        return present ? done(present) : { kind: "gone", status: 404 };
      }),
    createId: () => call("createId", () => done(`id-${String(++ids).padStart(4, "0")}`)),
    create: (id, content) =>
      call(`create ${id}`, () => {
        if (retired.has(id)) return { kind: "gone", status: 410 };
        const present = current().get(id);
        if (present && JSON.stringify(present.tags) !== JSON.stringify(content.tags)) {
          overwritten.push(id);
        }
        const etag = String(Number(present?.etag ?? 0) + 1);
        return done(write({ ...content, registrationId: id, etag, expirationTime: "never" }));
      }),
    update: (read, content) =>
      call(`update ${read.registrationId}`, () =>
        checked(read, () => write({ ...read, ...content, etag: String(Number(read.etag) + 1) })),
      ),
    remove: (read) =>
      call(`remove ${read.registrationId}`, () =>
        checked(read, () => {
          retired.add(read.registrationId);
          events.push({ at: clock.now(), id: read.registrationId, registration: undefined });
        }),
      ),
  };
}

function done<T>(value: T): HubResult<T> {
  return { kind: "done", value };
}

/** A clock that stands still but for its own waits, and for `pass`. */
export function createTestClock(): Clock & { pass(milliseconds: number): void; waited: number[] } {
  let time = 1_000_000;
  const waited: number[] = [];
  return {
    waited,
    now: () => time,
    async wait(milliseconds) {
      waited.push(milliseconds);
      time += milliseconds;
    },
    pass(milliseconds) {
      time += milliseconds;
    },
  };
}
