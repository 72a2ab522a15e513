import { randomUUID } from "node:crypto";
import { isoNow } from "../clock.ts";
import { type Hub, whetherOutlived } from "../hub.ts";
import type { HubNamespace } from "../namespace.ts";
import { findRoute } from "../rest/hubRoutes.ts";
import { Outlived } from "../sending/sending.ts";
import type { FaultRule } from "../world/faults.ts";
import type { RequestRecord } from "../world/requests.ts";
import { answerWorld, refuseWorld, streamWorld } from "../world/worldRoutes.ts";
import { type Answer, json, problem, refuse } from "./answer.ts";
import {
  type HubRequestHead,
  header,
  type Incoming,
  type Outgoing,
  readBody,
  readHead,
} from "./request.ts";
import type { createAccessCheck } from "./sas.ts";

/** The service's limit for a body, in bytes. The simulated world accepts larger bodies. */
const maxBody = 64 * 1_024;
const maxWorldBody = 1_024 * 1_024;

export interface ListenerOptions {
  readonly scheme: "http" | "https";
  readonly namespace: HubNamespace;
  readonly checkAccess: ReturnType<typeof createAccessCheck>;
  /** The host names, besides loopback addresses, that may be used for the simulated world. */
  readonly allowedHosts: readonly string[];
  /** The origins of pages that may use the simulated world. */
  readonly corsOrigins: readonly string[];
  /** Receives every request to a hub after its answer. */
  readonly log: (request: Omit<RequestRecord, "seq">) => void;
}

/** The work for a request: its operation, if there is one, and the answer. */
interface Work {
  readonly operation: string | undefined;
  readonly answer: Answer | Promise<Answer>;
}

/** Creates the listener that checks the encoding, body size, faults and access, and then calls a route. */
export function createListener({
  scheme,
  namespace,
  checkAccess,
  allowedHosts,
  corsOrigins,
  log,
}: ListenerOptions): (incoming: Incoming, outgoing: Outgoing) => void {
  function serveWorld(
    hub: Hub,
    request: HubRequestHead,
    incoming: Incoming,
    outgoing: Outgoing,
  ): void {
    if (streamWorld(hub, request, outgoing)) return;
    readBody(incoming, maxWorldBody, (body) => {
      respond(
        outgoing,
        body === undefined
          ? problem(413, "Content Too Large", "The body is larger than 1 MiB.")
          : handleSafely(() => answerWorld(hub, { ...request, body })),
      );
    });
  }

  /** @param body undefined if it is too large */
  function workFor(
    request: HubRequestHead,
    body: string | undefined,
    listLagMs: number | undefined,
  ): Work {
    const [name = "", ...path] = request.segments;
    const found = findRoute(request.method, path);
    const operation = found.kind === "route" ? found.route.operation : undefined;
    const access = checkAccess(
      header(request.headers, "authorization"),
      request.host,
      request.target.split("?", 1)[0] ?? "/",
      found.kind === "route" ? found.route.right : "Listen",
    );
    const refused = (answer: Answer): Work => ({ operation, answer });
    if (access.kind === "unauthenticated") return refused(refuse(401, access.detail));
    const hub = findSafely(name);
    if (hub instanceof Error) return refused(failed(hub));
    if (hub === undefined) {
      return refused(refuse(404, "No service is hosted at the specified address"));
    }
    if (found.kind === "none") return refused(found.answer);
    const { right, handle } = found.route;
    if (access.kind === "forbidden") {
      return refused({
        status: 403,
        about: { detail: `The access rule lacks the right ${right}` },
      });
    }
    if (body === undefined) return refused(refuse(413, "The body is over 64 KiB"));
    try {
      const answer = handle(hub, { ...request, body, listLagMs });
      return { operation, answer: answer instanceof Promise ? answer.catch(failedLater) : answer };
    } catch (error) {
      return refused(failed(error));
    }
  }

  function findSafely(name: string): Hub | Error | undefined {
    try {
      return namespace.find(name);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  function serveHub(
    hub: Hub | undefined,
    request: HubRequestHead,
    body: string | undefined,
    outgoing: Outgoing,
    begun: Begun,
  ): void {
    const format = header(request.headers, "servicebusnotification-format");
    const tags = header(request.headers, "servicebusnotification-tags");
    const rule = hub?.faults.next({
      method: request.method,
      target: request.target,
      format,
      isList: listsRegistrations(request),
    });

    const key = format === undefined ? undefined : replacementKey(request, body ?? "");
    const isOutlived = hub === undefined ? () => false : whetherOutlived(hub);

    function conclude(operation: string | undefined, answer: Answer, answered: boolean): void {
      if (isOutlived()) return;
      const record: Omit<RequestRecord, "seq"> = {
        at: begun.at,
        method: request.method,
        target: withoutSecrets(request.target),
        ...(answered && { status: answer.status }),
        durationMs: Math.round((performance.now() - begun.clock) * 1_000) / 1_000,
        ...(operation !== undefined && { operation }),
        ...(format !== undefined && { format: format.toLowerCase() }),
        ...(tags !== undefined && { tags }),
        ...(key !== undefined && { replacementKey: key }),
        ...(rule !== undefined && hasEffect(rule) && { fault: true as const }),
        ...aboutWithoutSecrets(answer.about),
      };
      (hub ?? namespace.peek(request.segments[0] ?? ""))?.requests.add(record);
      log(record);
    }

    /** Does the work, and then answers or drops the connection. */
    function work(drop: boolean): void {
      if (isOutlived()) {
        outgoing.destroy();
        return;
      }
      const { operation, answer } = workFor(request, body, rule?.listLagMs);
      const done = (finished: Answer): void => {
        if (drop) outgoing.destroy();
        else respond(outgoing, finished);
        conclude(operation, finished, !drop);
      };
      if (answer instanceof Promise) void answer.then(done);
      else done(answer);
    }

    if (rule === undefined) {
      work(false);
    } else if (rule.delayMs === undefined) {
      applyFault(rule, work, outgoing, conclude);
    } else {
      setTimeout(() => applyFault(rule, work, outgoing, conclude), rule.delayMs).unref();
    }
  }

  return (incoming, outgoing) => {
    const begun = { at: isoNow(), clock: performance.now() };
    const request = readHead(incoming, scheme);
    if (request === undefined) {
      respond(outgoing, refuse(400, "The path is not validly encoded"));
      return;
    }
    const [name = "", what] = request.segments;
    if (request.method === "GET" && name === "") {
      const location = `/${namespace.first}/_emulator/`;
      respond(outgoing, { status: 302, headers: { location } });
      return;
    }
    if (name === "_emulator" && what === "health") {
      respond(outgoing, json(200, { status: "ok" }));
      return;
    }
    if (what === "_emulator") {
      if (allowOrigin(incoming, outgoing, corsOrigins)) return;
      const refusal = refuseWorld(request, allowedHosts);
      const hub = refusal === undefined ? namespace.peek(name) : undefined;
      if (refusal !== undefined) respond(outgoing, refusal);
      else if (hub !== undefined) serveWorld(hub, request, incoming, outgoing);
      else respond(outgoing, problem(404, "Not Found", `There is no hub ${name}.`));
      return;
    }
    // Only a valid signature creates a hub on the fly.
    const hub = namespace.peek(name);
    readBody(incoming, maxBody, (body) => serveHub(hub, request, body, outgoing, begun));
  };
}

/** Lets a page of an allowed origin read the answer. Answers its preflight, and returns whether the request is one. */
function allowOrigin(
  { method, headers }: Incoming,
  outgoing: Outgoing,
  origins: readonly string[],
): boolean {
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  outgoing.setHeader("access-control-allow-origin", origin);
  outgoing.setHeader("access-control-expose-headers", "x-total-count");
  if (method !== "OPTIONS") return false;
  outgoing.setHeader("access-control-allow-methods", "GET, PUT, DELETE");
  outgoing.setHeader("access-control-allow-headers", "content-type");
  respond(outgoing, { status: 204 });
  return true;
}

interface Begun {
  /** The time in ISO 8601 format. */
  readonly at: string;
  /** The milliseconds of a monotonic clock. */
  readonly clock: number;
}

function listsRegistrations({ method, segments }: HubRequestHead): boolean {
  return method === "GET" && segments.at(-1)?.toLowerCase() === "registrations";
}

function applyFault(
  { status, retryAfter, reset, hang }: FaultRule,
  work: (drop: boolean) => void,
  outgoing: Outgoing,
  conclude: (operation: undefined, answer: Answer, answered: boolean) => void,
): void {
  if (hang || reset === "before") {
    if (!hang) outgoing.destroy();
    conclude(undefined, { status: 0 }, false);
  } else if (status !== undefined) {
    const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    const answer = refuse(status, "A fault rule produced this response", headers);
    respond(outgoing, answer);
    conclude(undefined, answer, true);
  } else {
    work(reset === "after");
  }
}

/** Returns 500 if a handler fails, such as on a bug or a full disk. The emulator keeps running. */
function handleSafely(handle: () => Answer): Answer {
  try {
    return handle();
  } catch (error) {
    return failed(error);
  }
}

function failedLater(error: unknown): Answer {
  return error instanceof Outlived ? refuse(503, "The hub was reset") : failed(error);
}

/** Returns the key by which a device replaces an earlier copy: a header, or for Android a member of the payload. */
function replacementKey({ headers }: HubRequestHead, body: string): string | undefined {
  const own = header(headers, "apns-collapse-id") ?? header(headers, "x-wns-tag");
  return own ?? /"tag":"([^"\\]{1,64})"/.exec(body)?.[1];
}

/** Returns whether a rule changes anything for the client. */
function hasEffect({ status, delayMs, reset, hang, listLagMs }: FaultRule): boolean {
  return [status, delayMs, reset, hang, listLagMs].some((effect) => effect !== undefined);
}

/** Signatures and keys that a client wrote into an address by mistake. */
const secret = /((?:sig|sharedaccesskey)(?:=|%3d))[^&;/?\s"]*/gi;

function withoutSecrets(text: string): string {
  return text.replace(secret, "$1…");
}

function aboutWithoutSecrets(about: Answer["about"]): Answer["about"] {
  const { registrationId, installationId, notificationId } = about ?? {};
  return {
    ...about,
    ...(registrationId !== undefined && { registrationId: withoutSecrets(registrationId) }),
    ...(installationId !== undefined && { installationId: withoutSecrets(installationId) }),
    ...(notificationId !== undefined && { notificationId: withoutSecrets(notificationId) }),
  };
}

function failed(error: unknown): Answer {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return refuse(500, "The emulator failed");
}

function respond(outgoing: Outgoing, { status, headers, body }: Answer): void {
  const id = randomUUID();
  outgoing.statusCode = status;
  outgoing.setHeader("trackingid", id);
  outgoing.setHeader("x-ms-correlation-request-id", id);
  outgoing.setHeader("content-length", body === undefined ? 0 : Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers ?? {})) outgoing.setHeader(name, value);
  outgoing.end(body);
}
