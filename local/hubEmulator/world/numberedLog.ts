/** A list of the newest entries. Each has a number, from 1. */
export interface NumberedLog<Entry> {
  add(entry: Entry): void;
  /** Returns the entry with this number, or undefined if it is no longer kept or does not exist yet. */
  get(seq: number): Numbered<Entry> | undefined;
  /** Yields the kept entries after a number. */
  after(seq: number): Iterable<Numbered<Entry>>;
  /**
   * Returns the number of the first kept entry after a number. A number above the newest is from before a reset, so
   * all entries come after it.
   */
  firstAfter(seq: number): number;
  /** Returns the number of the newest entry, or 0 if there is none. */
  newest(): number;
  /** Calls the callback after every entry and every `clear`. Returns a function that unsubscribes. */
  onChange(callback: () => void): () => void;
  /** Deletes all entries. The numbers start at 1 again. */
  clear(): void;
}

export type Numbered<Entry> = Entry & {
  /** The number of the entry, from 1. */
  readonly seq: number;
};

/** @param maxKept how many of the newest entries are kept; an entry's index is its number modulo this */
export function createNumberedLog<Entry>(maxKept: number): NumberedLog<Entry> {
  let kept: Numbered<Entry>[] = [];
  let newest = 0;
  const callbacks = new Set<() => void>();

  function notify(): void {
    for (const callback of callbacks) callback();
  }

  function get(seq: number): Numbered<Entry> | undefined {
    const entry = kept[seq % maxKept];
    return entry?.seq === seq ? entry : undefined;
  }

  function firstAfter(seq: number): number {
    const oldest = Math.max(1, newest - maxKept + 1);
    return Math.max(oldest, seq > newest ? 1 : seq + 1);
  }

  return {
    add(entry) {
      newest++;
      kept[newest % maxKept] = { seq: newest, ...entry };
      notify();
    },
    get,
    *after(seq) {
      for (let next = firstAfter(seq); next <= newest; next++) {
        const entry = get(next);
        if (entry !== undefined) yield entry;
      }
    },
    firstAfter,
    newest() {
      return newest;
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    clear() {
      kept = [];
      newest = 0;
      notify();
    },
  };
}
