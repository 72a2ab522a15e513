// Loaded into the hub's process: counts how many sends are under way at once, and tells the most when it is asked.
import { subscribe } from "node:diagnostics_channel";
import { IncomingMessage } from "node:http";

let underWay = 0;
let most = 0;

/** Whether what a channel of node:http passes is about a send. */
function isSend(message: unknown): boolean {
  if (typeof message !== "object" || message === null || !("request" in message)) return false;
  const { request } = message;
  return request instanceof IncomingMessage && request.url?.includes("/messages") === true;
}

subscribe("http.server.request.start", (message) => {
  if (!isSend(message)) return;
  underWay++;
  most = Math.max(most, underWay);
});
subscribe("http.server.response.finish", (message) => {
  if (isSend(message)) underWay--;
});
process.on("message", () => {
  process.send?.(most);
  most = underWay;
});
