import type { Outgoing } from "../server/request.ts";
import type { NumberedLog } from "./numberedLog.ts";

/** The time between two heartbeats, in milliseconds. */
const heartbeatInterval = 15_000;

/**
 * Writes the entries after a number as server-sent events, then every new one, until the client
 * disconnects. A slow client receives them at its own pace and misses those that are no longer kept.
 */
export function followLog(log: NumberedLog<object>, after: number, outgoing: Outgoing): void {
  outgoing.statusCode = 200;
  outgoing.setHeader("content-type", "text/event-stream");
  outgoing.setHeader("cache-control", "no-store");
  // Node sends the headers with the first data. An immediate comment opens the client's stream.
  outgoing.write(": open\n\n");
  let last = after;
  let blocked = false;

  function pump(): void {
    while (!blocked) {
      const next = log.firstAfter(last);
      const entry = log.get(next);
      if (entry === undefined) {
        last = next - 1;
        return;
      }
      blocked = !outgoing.write(`id: ${next}\ndata: ${JSON.stringify(entry)}\n\n`);
      last = next;
    }
  }

  const stop = log.onChange(pump);
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
