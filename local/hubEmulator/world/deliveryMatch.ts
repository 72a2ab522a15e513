import type { Deliveries, Delivery } from "./deliveries.ts";
import { lineOf } from "./deliveryText.ts";
import { isSameHandle } from "./devices.ts";

/**
 * Which deliveries are wanted: those whose members are equal to the given ones and whose body matches, or those for
 * which a function returns true.
 */
export type DeliveryMatch =
  | (Partial<Pick<Delivery, "platform" | "handle" | "registrationId" | "notificationId">> & {
      /** The exact payload, or a part of it as a regular expression. */
      readonly body?: string | RegExp;
    })
  | ((delivery: Delivery) => boolean);

/** The longest wait of a timer, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** How many of the newest deliveries an error shows. */
const maxShown = 5;

/**
 * Resolves with the first kept delivery that matches.
 *
 * @param stopped aborts when the emulator stops
 * @throws an Error that shows the newest deliveries, if there is none in time
 */
export function waitForDelivery(
  deliveries: Deliveries,
  match: DeliveryMatch,
  milliseconds: number,
  stopped: AbortSignal,
): Promise<Delivery> {
  let seen = 0;

  function next(): Delivery | undefined {
    for (const delivery of deliveries.after(seen)) {
      seen = delivery.seq;
      if (fits(delivery, match)) return delivery;
    }
    return undefined;
  }

  return new Promise((resolve, reject) => {
    // The executor's own errors, such as one of the caller's function, reject the promise.
    const found = next();
    if (found !== undefined) {
      resolve(found);
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      stop();
      stopped.removeEventListener("abort", abort);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const abort = (): void => fail(new Error("The emulator was stopped."));
    const timer = setTimeout(
      () => fail(new Error(explain(deliveries, match, milliseconds))),
      Math.min(milliseconds, longestTimer),
    );
    const stop = deliveries.onChange(() => {
      try {
        const delivery = next();
        if (delivery === undefined) return;
        end();
        resolve(delivery);
      } catch (error) {
        fail(error);
      }
    });
    stopped.addEventListener("abort", abort);
    if (stopped.aborted) abort();
  });
}

function fits(delivery: Delivery, match: DeliveryMatch): boolean {
  if (typeof match === "function") return match(delivery);
  const { body, handle, platform, registrationId, notificationId } = match;
  return (
    (body === undefined ||
      (typeof body === "string" ? delivery.body === body : delivery.body.search(body) !== -1)) &&
    (handle === undefined || isSameHandle(delivery.handle, handle)) &&
    (platform === undefined || platform === delivery.platform) &&
    (registrationId === undefined || registrationId === delivery.registrationId) &&
    (notificationId === undefined || notificationId === delivery.notificationId)
  );
}

function explain(deliveries: Deliveries, match: DeliveryMatch, milliseconds: number): string {
  const wanted = typeof match === "function" ? "" : ` of ${JSON.stringify(match, showPattern)}`;
  const newest = deliveries.newest();
  const shown = [...deliveries.after(Math.max(0, newest - maxShown))].map(lineOf).join("");
  return newest === 0
    ? `No delivery${wanted} in ${milliseconds} ms: nothing was delivered. requests() tells what was asked.`
    : `No delivery${wanted} in ${milliseconds} ms. The newest of ${newest} deliveries:\n${shown}`;
}

function showPattern(_: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value;
}
