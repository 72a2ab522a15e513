import type { RequestListener } from "node:http";
import { end } from "./kestrel.ts";

/** `Host.CORS` and `Host.CORSCredentials` of local.settings.json. */
export interface Cors {
  /** The origins of pages that may call the functions, or `*` for all. */
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

/**
 * Allows pages of other origins to call the functions, like `func start`. Without origins, it does nothing.
 *
 * @throws an Error for the wildcard with credentials, which browsers refuse
 */
export function withCors({ origins, credentials }: Cors, next: RequestListener): RequestListener {
  if (origins.length === 0) return next;
  const any = origins.length === 1 && origins[0] === "*";
  if (any && credentials) {
    throw new Error("Host.CORS can't be * with Host.CORSCredentials. Name the origins.");
  }
  return (request, response) => {
    const { origin } = request.headers;
    const allowed = origin !== undefined && (any || origins.includes(origin));
    if (allowed) {
      response.setHeader("access-control-allow-origin", any ? "*" : origin);
      if (credentials) response.setHeader("access-control-allow-credentials", "true");
      if (origins.length > 1) response.setHeader("vary", "Origin");
    }
    const method = request.headers["access-control-request-method"];
    if (request.method !== "OPTIONS" || origin === undefined || method === undefined) {
      next(request, response);
      return;
    }
    if (allowed) {
      response.setHeader("access-control-allow-methods", method);
      const headers = request.headers["access-control-request-headers"];
      if (headers !== undefined) response.setHeader("access-control-allow-headers", headers);
    }
    end(response, 204);
  };
}
