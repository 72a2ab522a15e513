/**
 * Makes a call with a signal that aborts after a time. Unlike that of `AbortSignal.timeout`, its timer ends with
 * the call, so that a busy process does not collect thousands of them.
 *
 * @param milliseconds the time limit; the call itself must honour the signal
 */
export async function withDeadline<T>(
  milliseconds: number,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  try {
    return await call(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
