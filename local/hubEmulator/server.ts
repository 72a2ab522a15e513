import { randomUUID } from "node:crypto";
import { type Answer, problem, refuse } from "./answer.ts";
import type { FaultRule } from "./faults.ts";
import type { Hub } from "./hub.ts";
import { findRoute } from "./hubRoutes.ts";
import {
  type HubRequestHead,
  header,
  type Incoming,
  type Outgoing,
  readBody,
  readHead,
} from "./request.ts";
import type { createAccessCheck } from "./sas.ts";
import {
  answerWorld,
  isForWorld,
  refuseWorld,
  streamDeliveries,
  wantsStream,
} from "./worldRoutes.ts";

/** The service's limit for a body, in bytes. The simulated world accepts larger bodies. */
const maxBody = 64 * 1_024;
const maxWorldBody = 1_024 * 1_024;

/** Creates the listener that checks the encoding, body size, faults and access, and then calls a route. */
export function createListener(
  hub: Hub,
  checkAccess: ReturnType<typeof createAccessCheck>,
): (incoming: Incoming, outgoing: Outgoing) => void {
  function serveWorld(request: HubRequestHead, incoming: Incoming, outgoing: Outgoing): void {
    const refusal = refuseWorld(request);
    if (refusal !== undefined) {
      answer(outgoing, refusal);
    } else if (wantsStream(request)) {
      streamDeliveries(hub, request, incoming, outgoing);
    } else {
      readBody(incoming, maxWorldBody, (body) => {
        answer(
          outgoing,
          body === undefined
            ? problem(413, "Content Too Large", "The body is larger than 1 MiB.")
            : handleSafely(() => answerWorld(hub, { ...request, body })),
        );
      });
    }
  }

  /** @param body undefined if it is too large */
  function answerHub(
    request: HubRequestHead,
    body: string | undefined,
    listLagMs: number | undefined,
  ): Answer {
    const found = findRoute(hub, request);
    const access = checkAccess(
      header(request.headers, "authorization"),
      request.host,
      request.target.split("?", 1)[0] ?? "/",
      found.kind === "route" ? found.route.right : "Listen",
    );
    if (access.kind === "unauthenticated") return refuse(401, access.detail);
    if (found.kind === "none") return found.answer;
    if (access.kind === "forbidden") return { status: 403 };
    if (body === undefined) return refuse(413, "The body is over 64 KiB");
    return handleSafely(() => found.route.handle(hub, { ...request, body, listLagMs }));
  }

  return (incoming, outgoing) => {
    const request = readHead(incoming);
    if (request === undefined) {
      answer(outgoing, refuse(400, "The path is not validly encoded"));
    } else if (isForWorld(hub, request)) {
      serveWorld(request, incoming, outgoing);
    } else {
      readBody(incoming, maxBody, (body) => {
        const rule = hub.faults.next({
          method: request.method,
          target: request.target,
          format: header(request.headers, "servicebusnotification-format"),
          isList: listsRegistrations(request),
        });
        const work = (): Answer => answerHub(request, body, rule?.listLagMs);
        if (rule === undefined) answer(outgoing, work());
        else if (rule.delayMs === undefined) applyFault(rule, work, outgoing);
        else setTimeout(() => applyFault(rule, work, outgoing), rule.delayMs).unref();
      });
    }
  };
}

function listsRegistrations({ method, segments }: HubRequestHead): boolean {
  return method === "GET" && segments.at(-1)?.toLowerCase() === "registrations";
}

function applyFault(rule: FaultRule, work: () => Answer, outgoing: Outgoing): void {
  const { status, retryAfter, reset, hang } = rule;
  if (hang) return;
  if (status !== undefined) {
    const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    answer(outgoing, refuse(status, "A fault rule produced this response", headers));
  } else if (reset === undefined) {
    answer(outgoing, work());
  } else {
    if (reset === "after") work();
    outgoing.destroy();
  }
}

/** Returns 500 if a handler throws, such as on a bug or a full disk. The emulator keeps running. */
function handleSafely(handle: () => Answer): Answer {
  try {
    return handle();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return refuse(500, "The emulator failed");
  }
}

function answer(outgoing: Outgoing, { status, headers, body }: Answer): void {
  const id = randomUUID();
  outgoing.statusCode = status;
  outgoing.setHeader("trackingid", id);
  outgoing.setHeader("x-ms-correlation-request-id", id);
  outgoing.setHeader("content-length", body === undefined ? 0 : Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers ?? {})) outgoing.setHeader(name, value);
  outgoing.end(body);
}
