import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Answer, problem, refuse } from "./answer.ts";
import type { FaultRule } from "./faults.ts";
import type { Hub } from "./hub.ts";
import { findRoute } from "./hubRoutes.ts";
import { type HubRequestHead, header, readBody, readHead } from "./request.ts";
import type { createAccessCheck } from "./sas.ts";
import {
  answerWorld,
  isForWorld,
  refuseWorld,
  streamDeliveries,
  wantsStream,
} from "./worldRoutes.ts";

/** The service's limit for a body, in bytes; the simulated world takes larger ones. */
const maxBody = 64 * 1_024;
const maxWorldBody = 1_024 * 1_024;

/** Everything between the socket and the routes: encoding, faults, access, the body's size. */
export function createListener(
  hub: Hub,
  checkAccess: ReturnType<typeof createAccessCheck>,
): RequestListener {
  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const request = readHead(incoming);
    if (request === undefined) {
      answer(outgoing, refuse(400, "The path is not validly encoded"));
    } else if (isForWorld(hub, request)) {
      serveWorld(request, incoming, outgoing);
    } else {
      const rule = hub.faults.next({
        method: request.method,
        target: request.target,
        format: header(request.headers, "servicebusnotification-format"),
      });
      if (rule === undefined) serveHub(request, incoming, outgoing);
      else applyFault(rule, request, incoming, outgoing);
    }
  }

  function serveWorld(
    request: HubRequestHead,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): void {
    const refusal = refuseWorld(request);
    if (refusal !== undefined) {
      answer(outgoing, refusal);
    } else if (wantsStream(request)) {
      streamDeliveries(hub, request, incoming, outgoing);
    } else {
      readBody(incoming, maxWorldBody, (body) => {
        if (body === undefined) {
          tooLarge(outgoing, problem(413, "Content Too Large", "The body is over 1 MiB."));
        } else {
          answer(
            outgoing,
            handleSafely(() => answerWorld(hub, { ...request, body })),
          );
        }
      });
    }
  }

  function applyFault(
    rule: FaultRule,
    request: HubRequestHead,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): void {
    const act = (): void => {
      if (rule.reset === "before") {
        incoming.socket.destroy();
      } else if (rule.reset === "after") {
        serveHub(request, incoming, outgoing, () => incoming.socket.destroy());
      } else if (rule.status !== undefined) {
        const { status, retryAfter } = rule;
        const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
        answer(outgoing, refuse(status, "A fault rule answers this", headers));
      } else if (rule.hang) {
        incoming.resume();
      } else {
        serveHub(request, incoming, outgoing);
      }
    };
    if (rule.delayMs === undefined) act();
    else setTimeout(act, rule.delayMs).unref();
  }

  function serveHub(
    request: HubRequestHead,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    conclude: (answered: Answer) => void = (answered) => answer(outgoing, answered),
  ): void {
    const found = findRoute(hub, request);
    const right = found.kind === "route" ? found.route.right : "Listen";
    const access = checkAccess(
      header(request.headers, "authorization"),
      request.host,
      request.target.split("?", 1)[0] ?? "/",
      right,
    );
    if (access.kind === "unauthenticated") {
      conclude(refuse(401, access.detail));
    } else if (found.kind === "none") {
      conclude(found.answer);
    } else if (access.kind === "forbidden") {
      conclude({ status: 403 });
    } else {
      readBody(incoming, maxBody, (body) => {
        if (body === undefined) tooLarge(outgoing, refuse(413, "The body is over 64 KiB"));
        else conclude(handleSafely(() => found.route.handle(hub, { ...request, body })));
      });
    }
  }

  return serve;
}

/** A fault of the program, or a full disk, costs one request and not the emulator. */
function handleSafely(handle: () => Answer): Answer {
  try {
    return handle();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return refuse(500, "The emulator failed");
  }
}

function answer(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const id = randomUUID();
  outgoing.writeHead(status, {
    trackingid: id,
    "x-ms-correlation-request-id": id,
    "content-length": body === undefined ? 0 : Buffer.byteLength(body),
    ...headers,
  });
  outgoing.end(body);
}

/** The rest of the body is not read: the connection ends with the answer. */
function tooLarge(outgoing: ServerResponse, refusal: Answer): void {
  answer(outgoing, { ...refusal, headers: { ...refusal.headers, connection: "close" } });
}
