import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readBody } from "../requestBody.ts";
import type { App } from "./app.ts";
import { triggerOf } from "./app.ts";
import { checkContract, type HttpResponse, schemas } from "./contract.ts";
import type { Log, RegisteredFunction } from "./coreModule.ts";
import type { HttpOptions } from "./hostJson.ts";
import { end, endWith } from "./kestrel.ts";
import { nearestRoute } from "./nearestRoute.ts";
import { decodePath, type MatchRoute, readRoute } from "./route.ts";
import { setCookie } from "./setCookie.ts";
import { createThrottle } from "./throttle.ts";

/** The largest body that the host reads by default, in bytes. */
const defaultBodyLimit = 104_857_600;

export interface HttpEndpoint {
  readonly called: RegisteredFunction;
  readonly methods: readonly string[];
  /** The route with its prefix, as the log shows it: `/api/health`. */
  readonly route: string;
  readonly match: MatchRoute;
  /** Whether a call needs the key that the host was given, if it was given one. */
  readonly needsKey: boolean;
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
      const needsKey = /^(function|admin)$/i.test(trigger.authLevel ?? "");
      return [{ called, methods, route, match: readRoute(route), needsKey }];
    })
    .sort((a, b) => (a.called.metadata.name < b.called.metadata.name ? -1 : 1));
}

/**
 * Creates a listener that calls an app's HTTP functions, like the Functions host.
 *
 * @param limits how many requests it takes at once; it refuses others with 429, without a body and `Retry-After`
 * @param key the key that functions with an `authLevel` ask for; without it, they ask for none, as with `func start`
 */
export function createHttpListener(
  app: App,
  endpoints: readonly HttpEndpoint[],
  key: string | undefined,
  limits: HttpOptions,
  log: Log,
): RequestListener {
  const throttle = createThrottle(limits);

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Like the real host, returns 500 without a body for errors of the library and the app.
      log("error", "Host.Results", error instanceof Error ? String(error.stack) : String(error));
      if (response.headersSent) response.destroy();
      else end(response, 500);
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "/", method = "" } = request;
    const [path = "/", ...query] = url.split("?");
    const decoded = decodePath(path);
    const parameters = joinedQuery(query.join("?"));
    for (const { called, methods, match, needsKey } of endpoints) {
      const routeValues = match(decoded);
      if (!routeValues || !methods.includes(method)) continue;
      if (needsKey && key !== undefined && keyIn(request, query.join("?")) !== key) {
        return end(response, 401);
      }
      const body = await readWithLength(request);
      if (body === undefined) return end(response, 500);
      const running = throttle(() =>
        app.invoke(called, invocationOf(request, { url, parameters, routeValues, body })),
      );
      if (running === undefined) return end(response, 429);
      return write(response, checkContract("getResponse", schemas.httpResponse, await running));
    }
    // The status is also 404 if the route does not accept the method. As in Azure it says nothing, but the log does. It does
    // not repeat the path, in which an installation's id may be.
    const nearest = nearestRoute(method, decoded, endpoints);
    log("warning", "Host.Routes", `No function has this route (404). The nearest: ${nearest}`);
    end(response, 404);
  }
}

/** Returns the first key of a request: that of the header, or `code` in the query, in any case. */
function keyIn({ rawHeaders }: IncomingMessage, query: string): string | undefined {
  const at = rawHeaders.findIndex(
    (text, index) => index % 2 === 0 && /^x-functions-key$/i.test(text),
  );
  if (at >= 0) return rawHeaders[at + 1];
  const [, code] = [...new URLSearchParams(query)].find(([name]) => /^code$/i.test(name)) ?? [];
  return code;
}

/**
 * Returns the query options, each once, under its first spelling: names ignore case. The values of several are joined
 * with a comma, without empty ones.
 */
function joinedQuery(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.toLowerCase();
    const option = options.get(key) ?? { name, values: [] };
    options.set(key, option);
    option.values.push(value);
  }
  return new Map(
    Array.from(options.values(), ({ name, values }) => [name, values.filter(Boolean).join(",")]),
  );
}

interface Read {
  /** The target, without an origin. */
  readonly url: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly routeValues: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function invocationOf(
  { method, headers }: IncomingMessage,
  { url, parameters, routeValues, body }: Read,
) {
  const passedOn = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return {
    triggerData: {
      http: {
        method,
        url: `http://${headers.host}${url}`,
        nullableHeaders: nullable(passedOn),
        nullableParams: nullable(Object.entries(routeValues)),
        nullableQuery: nullable(parameters),
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
  const setting = process.env["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] ?? "";
  const limit = /^\d+$/.test(setting) ? Number(setting) : defaultBodyLimit;
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
  for (const cookie of cookies) response.appendHeader("set-cookie", setCookie(cookie));
  response.statusCode = Number(statusCode);
  endWith(response, body?.bytes);
}
