/**
 * Waits for a condition.
 *
 * @param deadline in milliseconds; the default is long enough for a busy machine
 * @throws an Error that names the condition, if the deadline passes
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadline = 60_000,
): Promise<void> {
  const end = performance.now() + deadline;
  // Many conditions ask a service. To ask it a hundred times a second would keep a core busy.
  for (let pause = 10; !(await condition()); pause = Math.min(pause * 1.5, 100)) {
    if (performance.now() > end)
      throw new Error(`Timed out after ${deadline} ms waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
