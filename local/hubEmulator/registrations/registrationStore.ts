import type { Registration } from "./registration.ts";
import { platformOf } from "./registrationKinds.ts";
import { tagKey } from "./tags.ts";

export interface RegistrationPage {
  readonly registrations: readonly Registration[];
  /** The place after which the next page starts. Undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * The registrations of a hub, indexed by id, tag and handle. A lookup reads only the matches.
 *
 * A page has up to `top` registrations after a place: the `next` of the previous page, or "" for the first page.
 * Inserts and deletes between two pages neither repeat nor skip a remaining registration.
 */
export interface RegistrationStore {
  get(registrationId: string): Registration | undefined;
  /** Adds the registration, or replaces the one with the same id. */
  put(registration: Registration): void;
  remove(registrationId: string): void;
  clear(): void;
  count(): number;
  all(): Iterable<Registration>;
  /** Returns a new array. */
  withTag(tag: string): readonly Registration[];
  /** @param handle the first member of a handle, in the form that the hub stores */
  withHandle(handle: string): ReadonlySet<Registration>;
  /** A page of all, in order of creation. */
  page(after: string, top: number): RegistrationPage;
  /** A page of those with a tag, in the store's order of tags. */
  pageOfTag(tag: string, after: string, top: number): RegistrationPage;
  /** A page of some, in order of creation. */
  pageOf(some: Iterable<Registration>, after: string, top: number): RegistrationPage;
}

/** `created`: in order of creation. `id`: in numeric order of the ids. */
export type TagOrder = "created" | "id";

interface Entry {
  /** The place in order of creation. */
  readonly created: string;
  /** The place in numeric order of the ids. */
  readonly id: string;
  /** Undefined after the registration is removed. */
  registration: Registration | undefined;
}

const none: ReadonlySet<Registration> = new Set();

/** Enough for every number in an id, and for every count. */
const digits = 20;

export function createRegistrationStore(tagOrder: TagOrder): RegistrationStore {
  const byId = new Map<string, Entry>();
  /** Each sorted by the order of tags. */
  const byTag = new Map<string, Entry[]>();
  const byHandle = new Map<string, Set<Registration>>();
  /** Sorted by creation. Removed entries stay until they outnumber the others. */
  let entries: Entry[] = [];
  let created = 0;

  function index(entry: Entry, registration: Registration): void {
    for (const key of tagKeys(registration)) {
      const tagged = byTag.get(key);
      if (tagged === undefined) byTag.set(key, [entry]);
      else tagged.splice(placeAfter(tagged, entry[tagOrder], tagOrder), 0, entry);
    }
    const handle = firstHandle(registration);
    const set = byHandle.get(handle);
    if (set === undefined) byHandle.set(handle, new Set([registration]));
    else set.add(registration);
  }

  function unindex(entry: Entry, registration: Registration): void {
    for (const key of tagKeys(registration)) {
      const tagged = byTag.get(key) ?? [];
      tagged.splice(placeAfter(tagged, entry[tagOrder], tagOrder) - 1, 1);
      if (tagged.length === 0) byTag.delete(key);
    }
    const handle = firstHandle(registration);
    const set = byHandle.get(handle);
    set?.delete(registration);
    if (set?.size === 0) byHandle.delete(handle);
  }

  return {
    get(registrationId) {
      return byId.get(registrationId)?.registration;
    },
    put(registration) {
      const { registrationId } = registration;
      let entry = byId.get(registrationId);
      if (entry?.registration === undefined) {
        created++;
        entry = { created: padded(String(created)), id: orderOf(registrationId), registration };
        byId.set(registrationId, entry);
        entries.push(entry);
      } else {
        unindex(entry, entry.registration);
        entry.registration = registration;
      }
      index(entry, registration);
    },
    remove(registrationId) {
      const entry = byId.get(registrationId);
      if (entry?.registration === undefined) return;
      unindex(entry, entry.registration);
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
    count() {
      return byId.size;
    },
    *all() {
      for (const { registration } of entries) {
        if (registration !== undefined) yield registration;
      }
    },
    withTag(tag) {
      const tagged: Registration[] = [];
      for (const { registration } of byTag.get(tagKey(tag)) ?? []) {
        if (registration !== undefined) tagged.push(registration);
      }
      return tagged;
    },
    withHandle(handle) {
      return byHandle.get(handle) ?? none;
    },
    page(after, top) {
      return pageOfEntries(entries, "created", after, top);
    },
    pageOfTag(tag, after, top) {
      return pageOfEntries(byTag.get(tagKey(tag)) ?? [], tagOrder, after, top);
    },
    pageOf(some, after, top) {
      const found = Array.from(some).flatMap(
        ({ registrationId }) => byId.get(registrationId) ?? [],
      );
      found.sort((a, b) => (a.created < b.created ? -1 : 1));
      return pageOfEntries(found, "created", after, top);
    },
  };
}

function pageOfEntries(
  entries: readonly Entry[],
  order: TagOrder,
  after: string,
  top: number,
): RegistrationPage {
  const registrations: Registration[] = [];
  let last = after;
  for (let i = placeAfter(entries, after, order); i < entries.length; i++) {
    const entry = entries[i];
    if (entry?.registration === undefined) continue;
    if (registrations.length === top) return { registrations, next: last };
    registrations.push(entry.registration);
    last = entry[order];
  }
  return { registrations, next: undefined };
}

/** Returns the index of the first entry after a place. The entries are sorted. */
function placeAfter(entries: readonly Entry[], place: string, order: TagOrder): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.[order] ?? "") <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function padded(number: string): string {
  return number.padStart(digits, "0");
}

/** Returns a text whose order is the numeric order of the ids, such as `7-12-1`. */
function orderOf(registrationId: string): string {
  return registrationId.split("-").map(padded).join("-");
}

/** Returns each tag once, without regard to case. */
function tagKeys({ tags }: Registration): ReadonlySet<string> {
  return new Set(tags.map(tagKey));
}

export function hasTag({ tags }: Registration, key: string): boolean {
  return tags.some((tag) => tagKey(tag) === key);
}

function firstHandle({ platform, handle }: Registration): string {
  return handle[platformOf(platform).handleElements[0]] ?? "";
}
