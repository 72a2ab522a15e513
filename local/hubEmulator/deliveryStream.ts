import type { Deliveries, Delivery } from "./deliveries.ts";
import type { Outgoing } from "./request.ts";

/** Yields the kept deliveries after a number. */
export function* deliveriesAfter(deliveries: Deliveries, after: number): Iterable<Delivery> {
  for (let seq = firstAfter(deliveries, after); seq <= deliveries.newest(); seq++) {
    const delivery = deliveries.get(seq);
    if (delivery !== undefined) yield delivery;
  }
}

/**
 * Returns the number of the first kept delivery after a number. A number above the newest is from before a
 * reset, so all deliveries come after it.
 */
function firstAfter(deliveries: Deliveries, after: number): number {
  return Math.max(deliveries.oldest(), after > deliveries.newest() ? 1 : after + 1);
}

/** The time between two heartbeats, in milliseconds. */
const heartbeatInterval = 15_000;

/**
 * Writes the deliveries after a number as server-sent events, then every new one, until the client
 * disconnects. A slow client receives them at its own pace and misses those that are no longer kept.
 */
export function followDeliveries(deliveries: Deliveries, after: number, outgoing: Outgoing): void {
  outgoing.statusCode = 200;
  outgoing.setHeader("content-type", "text/event-stream");
  outgoing.setHeader("cache-control", "no-store");
  // Node sends the headers with the first data. An immediate comment opens the client's stream.
  outgoing.write(": deliveries\n\n");
  let last = after;
  let blocked = false;

  function pump(): void {
    while (!blocked) {
      const next = firstAfter(deliveries, last);
      const delivery = deliveries.get(next);
      if (delivery === undefined) {
        last = next - 1;
        return;
      }
      blocked = !outgoing.write(`id: ${next}\ndata: ${JSON.stringify(delivery)}\n\n`);
      last = next;
    }
  }

  const stop = deliveries.onChange(pump);
  // Some clients close a stream that is silent for minutes.
  const heartbeat = setInterval(() => outgoing.write(":\n\n"), heartbeatInterval).unref();
  outgoing.on("drain", () => {
    blocked = false;
    pump();
  });
  outgoing.on("close", () => {
    clearInterval(heartbeat);
    stop();
  });
  pump();
}
