/** Does work of one key after all earlier work of that key has ended, however it ended. Work of other keys goes on beside it. */
export type InOrder = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createInOrder(): InOrder {
  /** The latest work of each key that has any. */
  const latest = new Map<string, Promise<unknown>>();

  return async (key, work) => {
    const before = latest.get(key);
    const own = before === undefined ? work() : before.then(work, work);
    latest.set(key, own);
    try {
      return await own;
    } finally {
      if (latest.get(key) === own) latest.delete(key);
    }
  };
}
