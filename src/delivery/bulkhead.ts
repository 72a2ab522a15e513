/**
 * Bounds how many sends a process has under way, for inserts and redelivery together. With more than the pool has
 * connections, what waits inside the pool would use up its time, so that a healthy hub would count as down.
 */
export interface Bulkhead {
  /** Takes places if they are free and no one waits for any. @returns whether it took them */
  tryTake(places: number): boolean;
  /** Takes places as soon as they are free. Who came first is first. */
  take(places: number): Promise<void>;
  release(places: number): void;
}

/** @param most how many places there are; no one may ask for more at once */
export function createBulkhead(most: number): Bulkhead {
  let free = most;
  const waiting: { readonly places: number; readonly begin: () => void }[] = [];

  function tryTake(places: number): boolean {
    if (waiting.length > 0 || places > free) return false;
    free -= places;
    return true;
  }

  return {
    tryTake,
    async take(places) {
      if (tryTake(places)) return;
      await new Promise<void>((begin) => {
        waiting.push({ places, begin });
      });
    },
    release(places) {
      free += places;
      for (let [next] = waiting; next && next.places <= free; [next] = waiting) {
        waiting.shift();
        free -= next.places;
        next.begin();
      }
    },
  };
}
