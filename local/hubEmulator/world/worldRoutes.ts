import * as v from "valibot";
import { parseJson } from "../formats/json.ts";
import type { Hub } from "../hub.ts";
import { handleText } from "../registrations/registration.ts";
import { type Answer, type InputFault, json, problem } from "../server/answer.ts";
import { type HubRequest, type HubRequestHead, header, type Outgoing } from "../server/request.ts";
import { lineOf } from "./deliveryText.ts";
import { deviceSchema } from "./deviceSchema.ts";
import { isSameHandle } from "./devices.ts";
import { followLog } from "./eventStream.ts";
import type { FaultRule } from "./faults.ts";
import { faultsSchema } from "./faultsSchema.ts";
import type { Numbered, NumberedLog } from "./numberedLog.ts";
import { pageFiles, pagePolicy } from "./page.ts";
import { linesOfRequest } from "./requestText.ts";

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * Returns the refusal of a request to the simulated world before its body is read, or undefined. A foreign
 * `Host` means DNS rebinding: the request comes from a web page whose name resolves to this machine.
 *
 * @param allowed other host names, without a port
 */
export function refuseWorld(
  { host }: HubRequestHead,
  allowed: readonly string[],
): Answer | undefined {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return loopbackHost.test(host) || allowed.includes(name)
    ? undefined
    : problem(403, "Forbidden", "The Host header must be a loopback address or an allowed host.");
}

/** Answers a request for a stream of deliveries or of requests. Returns whether it is one. */
export function streamWorld(hub: Hub, request: HubRequestHead, outgoing: Outgoing): boolean {
  const { method, segments, headers, query } = request;
  const log = logOf(hub, segments[2]);
  const wanted = /\btext\/event-stream\b/.test(headers.accept ?? "");
  if (method !== "GET" || segments.length !== 3 || log === undefined || !wanted) return false;
  const last = header(headers, "last-event-id") ?? query.get("after") ?? undefined;
  followLog(log, readSeq(last) ?? log.newest(), outgoing);
  return true;
}

function logOf(hub: Hub, what: string | undefined): NumberedLog<object> | undefined {
  if (what === "deliveries") return hub.deliveries;
  return what === "requests" ? hub.requests : undefined;
}

function readSeq(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Handles every request to the simulated world except the streams. */
export function answerWorld(hub: Hub, request: HubRequest): Answer {
  const { method, segments } = request;
  const [, , what = "", handle, ...rest] = segments;
  if (rest.length > 0) return nothingThere();
  switch (`${method} ${what}${handle === undefined ? "" : "/*"}`) {
    case "GET ":
      // The page's addresses are relative to it.
      return /_emulator\/(?:\?|$)/.test(request.target)
        ? page("")
        : { status: 302, headers: { location: `/${hub.name}/_emulator/` } };
    case "GET page.css":
    case "GET page.js":
      return page(what);
    case "DELETE ":
      reset(hub);
      return { status: 204 };
    case "GET deliveries":
      return listed(request, hub.deliveries, lineOf);
    case "GET requests":
      return listed(request, hub.requests, linesOfRequest);
    case "GET registrations":
      return registrations(hub, request);
    case "GET health":
      return json(200, { status: "ok" });
    case "GET feedback":
      return json(200, hub.feedback.all());
    case "GET faults":
      return json(200, { rules: hub.faults.active() });
    case "PUT faults": {
      const input = read(request.body, faultsSchema);
      if (input.kind === "invalid") return invalid(input.faults);
      setFaults(hub, input.value.rules);
      return { status: 204 };
    }
    case "DELETE faults":
      setFaults(hub, []);
      return { status: 204 };
    case "GET devices":
      return json(200, hub.devices.all());
    case "GET devices/*":
      return json(200, hub.devices.get(handle ?? "", undefined));
    case "PUT devices/*": {
      const input = read(request.body, deviceSchema);
      if (input.kind === "invalid") return invalid(input.faults);
      return json(200, hub.devices.set(handle ?? "", input.value));
    }
    default:
      return nothingThere();
  }
}

/** Answers with the entries of a log after a number: as JSON, or as lines of text. */
function listed<Entry>(
  request: HubRequest,
  log: NumberedLog<Entry>,
  lineOfEntry: (entry: Numbered<Entry>) => string,
): Answer {
  const after = readSeq(request.query.get("after") ?? "0");
  if (after === undefined) {
    return invalid([{ pointer: "", detail: "after must be the seq of an entry, or 0" }]);
  }
  const found = [...log.after(after)];
  return /\btext\/plain\b/.test(request.headers.accept ?? "")
    ? {
        status: 200,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: found.map(lineOfEntry).join(""),
      }
    : json(200, found);
}

/** The most registrations that one answer lists. */
const maxRegistrations = 1_000;

/** Lists registrations in order of creation: all, or those with `?tag=` or `?handle=`. */
function registrations({ state }: Hub, { query }: HubRequest): Answer {
  const tag = query.get("tag");
  const handle = query.get("handle");
  const store = state.registrations;
  const some =
    tag === null
      ? handle === null
        ? undefined
        : [...store.all()].filter((registration) => isSameHandle(handleText(registration), handle))
      : store.withTag(tag);
  const page =
    some === undefined
      ? store.page("", maxRegistrations)
      : store.pageOf(some, "", maxRegistrations);
  return {
    ...json(
      200,
      page.registrations.map(({ handle: _, ...registration }) => ({
        ...registration,
        handle: handleText({ ...registration, handle: _ }),
      })),
    ),
    headers: {
      "content-type": "application/json; charset=utf-8",
      "x-total-count": String(some === undefined ? store.count() : some.length),
    },
  };
}

function page(name: string): Answer {
  const file = pageFiles[name];
  if (file === undefined) return nothingThere();
  return {
    status: 200,
    headers: {
      "content-type": `${file.type}; charset=utf-8`,
      "content-security-policy": pagePolicy,
      "cache-control": "no-store",
    },
    body: file.text,
  };
}

function nothingThere(): Answer {
  return problem(404, "Not Found", "The simulated world has no such route.");
}

/** Sets the rules of a hub's faults, and the lags of its lists. */
export function setFaults({ faults, state }: Hub, rules: readonly FaultRule[]): void {
  faults.set(rules);
  state.setListLags(rules.flatMap(({ listLagMs }) => listLagMs ?? []));
}

/** Deletes everything of a hub, its faults and devices included. */
export function reset(hub: Hub): void {
  hub.age.resets++;
  hub.state.commit({ cleared: true });
  hub.sent.clear();
  hub.feedback.clear();
  setFaults(hub, []);
  hub.devices.clear();
  hub.deliveries.clear();
  hub.requests.clear();
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
