import { shortHandle, visible } from "./deliveryText.ts";
import type { RequestRecord } from "./requests.ts";

/** Returns a request as a line for a terminal, and a line for each device of a send that did not get it. */
export function linesOfRequest(request: Omit<RequestRecord, "seq">): string {
  const { at, method, target, status, durationMs, operation, detail, fault, send } = request;
  const words = [
    at.slice(11, 23),
    status ?? "---",
    `${Math.round(durationMs)} ms`,
    operation ?? method,
    ...(operation === undefined ? [target.split("?", 1)[0]] : []),
    ...(send === undefined
      ? [request.registrationId ?? request.installationId ?? ""]
      : [send.format, send.tags ?? "", `${send.delivered} of ${send.devices} delivered`]),
    ...(fault ? ["(a fault rule)"] : []),
    detail ?? "",
  ];
  const missed = (send?.targets ?? []).filter(({ outcome }) => outcome !== "Success");
  return [
    visible(words.filter((word) => word !== "").join("  ")),
    ...missed.map(
      ({ platform, handle, outcome, reason, rule }) =>
        `  ${platform}  ${shortHandle(handle)}  ${outcome}${reason === undefined ? "" : `: ${visible(reason)}`}${rule === undefined ? "" : ` (${rule})`}`,
    ),
    "",
  ].join("\n");
}
