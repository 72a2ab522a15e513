/**
 * Waits for a condition.
 *
 * @param deadline in milliseconds; without one, long enough for a machine that has other work too
 * @throws an Error that names what it waited for, where the deadline passes
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadline = 60_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${deadline} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
