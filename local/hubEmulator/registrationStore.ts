import type { Registration } from "./registration.ts";
import { platformOf } from "./registrationKinds.ts";
import { tagKey } from "./tags.ts";

export interface RegistrationPage {
  readonly registrations: readonly Registration[];
  /** The position after which the next page starts. Undefined on the last page. */
  readonly next: number | undefined;
}

/** The registrations of a hub, indexed by id, tag and handle. A lookup reads only the matches. */
export interface RegistrationStore {
  get(registrationId: string): Registration | undefined;
  /** Adds the registration, or replaces the one with the same id. */
  put(registration: Registration): void;
  remove(registrationId: string): void;
  clear(): void;
  all(): Iterable<Registration>;
  withTag(tag: string): ReadonlySet<Registration>;
  /** @param handle the first member of a handle, in the form that the hub stores */
  withHandle(handle: string): ReadonlySet<Registration>;
  /**
   * Returns up to `top` registrations in order of creation. Inserts and deletes between two pages neither
   * repeat nor skip a remaining registration.
   *
   * @param some the registrations to choose from; undefined for all
   * @param after the `next` of the previous page; 0 for the first page
   */
  page(some: Iterable<Registration> | undefined, after: number, top: number): RegistrationPage;
}

interface Entry {
  /** Increases with every creation. */
  readonly position: number;
  /** Undefined after the registration is removed. */
  registration: Registration | undefined;
}

const none: ReadonlySet<Registration> = new Set();

export function createRegistrationStore(): RegistrationStore {
  const byId = new Map<string, Entry>();
  const byTag = new Map<string, Set<Registration>>();
  const byHandle = new Map<string, Set<Registration>>();
  /** Sorted by position. Removed entries stay until they outnumber the others. */
  let entries: Entry[] = [];
  let lastPosition = 0;

  function index(registration: Registration): void {
    for (const tag of registration.tags) addTo(byTag, tagKey(tag), registration);
    addTo(byHandle, firstHandle(registration), registration);
  }

  function unindex(registration: Registration): void {
    for (const tag of registration.tags) removeFrom(byTag, tagKey(tag), registration);
    removeFrom(byHandle, firstHandle(registration), registration);
  }

  /** Returns the index of the first entry after a position. */
  function seek(position: number): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.position ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function* entriesAfter(position: number): Iterable<Entry> {
    for (let i = seek(position); i < entries.length; i++) {
      const entry = entries[i];
      if (entry !== undefined) yield entry;
    }
  }

  return {
    get(registrationId) {
      return byId.get(registrationId)?.registration;
    },
    put(registration) {
      const entry = byId.get(registration.registrationId);
      if (entry?.registration !== undefined) {
        unindex(entry.registration);
        entry.registration = registration;
      } else {
        lastPosition++;
        const added = { position: lastPosition, registration };
        byId.set(registration.registrationId, added);
        entries.push(added);
      }
      index(registration);
    },
    remove(registrationId) {
      const entry = byId.get(registrationId);
      if (entry?.registration === undefined) return;
      unindex(entry.registration);
      entry.registration = undefined;
      byId.delete(registrationId);
      if (entries.length > 64 && entries.length > 2 * byId.size) entries = [...byId.values()];
    },
    clear() {
      byId.clear();
      byTag.clear();
      byHandle.clear();
      entries = [];
    },
    *all() {
      for (const { registration } of entriesAfter(0)) {
        if (registration !== undefined) yield registration;
      }
    },
    withTag(tag) {
      return byTag.get(tagKey(tag)) ?? none;
    },
    withHandle(handle) {
      return byHandle.get(handle) ?? none;
    },
    page(some, after, top) {
      const registrations: Registration[] = [];
      let last = after;
      for (const entry of some === undefined ? entriesAfter(after) : someAfter(some, after)) {
        if (entry.registration === undefined) continue;
        if (registrations.length === top) return { registrations, next: last };
        registrations.push(entry.registration);
        last = entry.position;
      }
      return { registrations, next: undefined };
    },
  };

  function someAfter(some: Iterable<Registration>, position: number): Entry[] {
    return Array.from(some)
      .flatMap(({ registrationId }) => byId.get(registrationId) ?? [])
      .filter((entry) => entry.position > position)
      .sort((a, b) => a.position - b.position);
  }
}

function firstHandle({ platform, handle }: Registration): string {
  return handle[platformOf(platform).handleElements[0]] ?? "";
}

function addTo(
  sets: Map<string, Set<Registration>>,
  key: string,
  registration: Registration,
): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([registration]));
  else set.add(registration);
}

function removeFrom(
  sets: Map<string, Set<Registration>>,
  key: string,
  registration: Registration,
): void {
  const set = sets.get(key);
  set?.delete(registration);
  if (set?.size === 0) sets.delete(key);
}
