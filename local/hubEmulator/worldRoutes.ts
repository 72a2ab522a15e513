import * as v from "valibot";
import { type Answer, type InputFault, json, problem } from "./answer.ts";
import { deliveriesAfter, followDeliveries } from "./deliveryStream.ts";
import { lineOf } from "./deliveryText.ts";
import { type FaultRule, faultsSchema } from "./faults.ts";
import type { Hub } from "./hub.ts";
import { parseJson } from "./json.ts";
import type { HubRequest, HubRequestHead, Incoming, Outgoing } from "./request.ts";

const deviceSchema = v.strictObject({
  state: v.optional(v.picklist(["active", "expired"])),
  environment: v.optional(v.picklist(["sandbox", "production"])),
});

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Returns whether a request is for the simulated world and not for the hub. */
export function isForWorld(hub: Hub, { segments }: HubRequestHead): boolean {
  return segments[1] === "_emulator" && segments[0]?.toLowerCase() === hub.name.toLowerCase();
}

/**
 * Returns the refusal of a request to the simulated world before its body is read, or undefined. A foreign
 * `Host` means DNS rebinding: the request comes from a web page whose name resolves to 127.0.0.1.
 */
export function refuseWorld(request: HubRequestHead): Answer | undefined {
  return loopbackHost.test(request.host)
    ? undefined
    : problem(403, "Forbidden", "The Host header must be a loopback address.");
}

/** Returns whether a request asks for a stream of deliveries. */
export function wantsStream({ method, segments, headers }: HubRequestHead): boolean {
  return (
    method === "GET" &&
    segments.length === 3 &&
    segments[2] === "deliveries" &&
    /\btext\/event-stream\b/.test(headers.accept ?? "")
  );
}

export function streamDeliveries(
  hub: Hub,
  request: HubRequestHead,
  incoming: Incoming,
  outgoing: Outgoing,
): void {
  const last = incoming.headers["last-event-id"] ?? request.query.get("after");
  const after = readSeq(Array.isArray(last) ? undefined : (last ?? undefined));
  followDeliveries(hub.deliveries, after ?? hub.deliveries.newest(), outgoing);
}

function readSeq(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Handles every request to the simulated world except the stream. */
export function answerWorld(hub: Hub, request: HubRequest): Answer {
  const { method, segments } = request;
  const [, , what = "", handle, ...rest] = segments;
  if (rest.length > 0) return nothingThere();
  switch (`${method} ${what}${handle === undefined ? "" : "/*"}`) {
    case "DELETE ":
      reset(hub);
      return { status: 204 };
    case "GET deliveries": {
      const text = request.query.get("after") ?? "0";
      const after = readSeq(text);
      if (after === undefined) {
        return invalid([{ pointer: "", detail: "after must be the seq of a delivery, or 0" }]);
      }
      const found = [...deliveriesAfter(hub.deliveries, after)];
      return /\btext\/plain\b/.test(request.headers.accept ?? "")
        ? {
            status: 200,
            headers: { "content-type": "text/plain; charset=utf-8" },
            body: found.map(lineOf).join(""),
          }
        : json(200, found);
    }
    case "GET health":
      return json(200, { status: "ok" });
    case "GET feedback":
      return json(200, hub.feedback.all());
    case "PUT faults": {
      const input = read(request.body, faultsSchema);
      if (input.kind === "invalid") return invalid(input.faults);
      setFaults(hub, input.value.rules);
      return { status: 204 };
    }
    case "DELETE faults":
      setFaults(hub, []);
      return { status: 204 };
    case "PUT devices/*": {
      const input = read(request.body, deviceSchema);
      if (input.kind === "invalid") return invalid(input.faults);
      return json(200, hub.devices.set(handle ?? "", input.value));
    }
    default:
      return nothingThere();
  }
}

function nothingThere(): Answer {
  return problem(404, "Not Found", "The simulated world has no such route.");
}

function setFaults({ faults, state }: Hub, rules: readonly FaultRule[]): void {
  faults.set(rules);
  state.setListLags(rules.flatMap(({ listLagMs }) => listLagMs ?? []));
}

function reset(hub: Hub): void {
  hub.state.commit({ cleared: true });
  hub.sent.clear();
  hub.feedback.clear();
  setFaults(hub, []);
  hub.devices.clear();
  hub.deliveries.clear();
}

function invalid(faults: readonly InputFault[]): Answer {
  return problem(400, "Bad Request", "The request is invalid.", faults);
}

function read<Schema extends v.GenericSchema>(
  body: string,
  schema: Schema,
):
  | { readonly kind: "valid"; readonly value: v.InferOutput<Schema> }
  | { readonly kind: "invalid"; readonly faults: readonly InputFault[] } {
  const value = parseJson(body);
  if (value === undefined) {
    return { kind: "invalid", faults: [{ pointer: "", detail: "The body is not JSON" }] };
  }
  const result = v.safeParse(schema, value);
  if (result.success) return { kind: "valid", value: result.output };
  return {
    kind: "invalid",
    faults: result.issues.map((issue) => ({ pointer: pointerOf(issue), detail: issue.message })),
  };
}

function pointerOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .map(({ key }) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
