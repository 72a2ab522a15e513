import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readBody } from "../requestBody.ts";
import type { App } from "./app.ts";
import { triggerOf } from "./app.ts";
import { checkContract, type HttpResponse, schemas } from "./contract.ts";
import type { Log, RegisteredFunction } from "./coreModule.ts";
import { type MatchRoute, readRoute } from "./route.ts";
import { setCookie } from "./setCookie.ts";

/** The largest body that the host reads by default, in bytes. */
const defaultBodyLimit = 104_857_600;

export interface HttpEndpoint {
  readonly called: RegisteredFunction;
  readonly methods: readonly string[];
  /** The route with its prefix, as the log shows it: `/api/health`. */
  readonly route: string;
  readonly match: MatchRoute;
}

/** Returns the HTTP functions of an app, sorted by name: the order in which the host tries them. */
export function httpEndpoints(app: App, routePrefix: string): readonly HttpEndpoint[] {
  return app.functions
    .flatMap((called) => {
      const trigger = triggerOf(called.metadata);
      if (trigger.type !== "httpTrigger") return [];
      const segments = [routePrefix, trigger.route ?? called.metadata.name];
      const route = `/${segments.filter((segment) => segment !== "").join("/")}`;
      const methods = (trigger.methods ?? ["GET", "POST"]).map((method) => method.toUpperCase());
      return [{ called, methods, route, match: readRoute(route) }];
    })
    .sort((a, b) => (a.called.metadata.name < b.called.metadata.name ? -1 : 1));
}

/** Creates a listener that calls an app's HTTP functions, like the Functions host. */
export function createHttpListener(
  app: App,
  endpoints: readonly HttpEndpoint[],
  log: Log,
): RequestListener {
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Like the real host, returns 500 without a body for errors of the library and the app.
      log("error", "host", error instanceof Error ? String(error.stack) : String(error));
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-length": 0 }).end();
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = `http://${request.headers.host}${request.url}`;
    if (!request.url?.startsWith("/") || !URL.canParse(address)) return end(response, 400);
    const url = new URL(address);
    // The `Host` header names a host and a port, and nothing else.
    if (url.username !== "" || url.password !== "") return end(response, 400);
    for (const { called, methods, match } of endpoints) {
      const parameters = match(url.pathname);
      if (!parameters || !methods.includes(request.method ?? "")) continue;
      const body = await readWithLength(request);
      if (body === undefined) return end(response, 413);
      const result = await app.invoke(called, invocationOf(request, url, parameters, body));
      return write(response, checkContract("getResponse", schemas.httpResponse, result));
    }
    // The status is also 404 if the route does not accept the method.
    end(response, 404);
  }
}

function invocationOf(
  { method, headers }: IncomingMessage,
  url: URL,
  parameters: Readonly<Record<string, string>>,
  body: Buffer,
) {
  const passedOn = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return {
    triggerData: {
      http: {
        method,
        url: url.href,
        nullableHeaders: nullable(passedOn),
        nullableParams: nullable(Object.entries(parameters)),
        nullableQuery: nullable(url.searchParams),
        body: { bytes: body },
      },
    },
    triggerMetadata: {},
  };
}

function nullable(entries: Iterable<readonly [string, string]>) {
  return Object.fromEntries([...entries].map(([name, value]) => [name, { value }]));
}

/**
 * Reads a body. Returns `undefined` if it is larger than the host accepts, and an empty body if there is
 * no Content-Length, as in a chunked request, because the real host then reads nothing.
 */
async function readWithLength(request: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(request.headers["content-length"] ?? 0);
  const limit = Number(process.env["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] ?? defaultBodyLimit);
  if (length > limit) return undefined;
  const body = await readBody(request, length > 0 ? limit : 0);
  return length > 0 ? body : Buffer.alloc(0);
}

function write(response: ServerResponse, { returnValue }: HttpResponse): void {
  if (!returnValue) {
    end(response, 204);
    return;
  }
  const { statusCode, headers, cookies, body } = returnValue.http;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (cookies.length > 0) response.setHeader("set-cookie", cookies.map(setCookie));
  response.statusCode = Number(statusCode);
  response.end(body?.bytes);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": 0 }).end();
}
