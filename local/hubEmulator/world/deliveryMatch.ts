import { isDeepStrictEqual } from "node:util";
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

/** How many of the newest deliveries an error shows. */
const maxShown = 5;

/**
 * Resolves with the first kept delivery that matches.
 *
 * @throws an Error that shows the newest deliveries, if there is none in time
 */
export function waitForDelivery(
  deliveries: Deliveries,
  match: DeliveryMatch,
  milliseconds: number,
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
    const found = next();
    if (found !== undefined) {
      resolve(found);
      return;
    }
    const timer = setTimeout(() => {
      stop();
      reject(new Error(explain(deliveries, match, milliseconds)));
    }, milliseconds);
    const stop = deliveries.onChange(() => {
      const delivery = next();
      if (delivery === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(delivery);
    });
  });
}

function fits(delivery: Delivery, match: DeliveryMatch): boolean {
  if (typeof match === "function") return match(delivery);
  const { body, handle, ...members } = match;
  return (
    (body === undefined ||
      (typeof body === "string" ? delivery.body === body : body.test(delivery.body))) &&
    (handle === undefined || isSameHandle(delivery.handle, handle)) &&
    isDeepStrictEqual({ ...delivery, ...members }, delivery)
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
