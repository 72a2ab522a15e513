import type { HttpFunctionOptions } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";
import { problemAnswer, serviceUnavailable } from "../http/problem.ts";

/** The version in package.json. The build sets it. */
declare const APP_VERSION: string;

/**
 * Reports that the process runs, its settings are valid and all its parts are loaded. It sends no requests.
 *
 * @param load loads the parts, and rejects if that fails
 */
export function health(load: () => Promise<unknown>): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/health",
    authLevel: "anonymous",
    handler: async () => {
      try {
        await load();
        return jsonAnswer(200, { status: "ok", version: APP_VERSION });
      } catch {
        // It is logged where it is loaded.
        const detail = "A part of the app could not be loaded. The log names it.";
        return problemAnswer(serviceUnavailable("not-loaded", detail, 5));
      }
    },
  };
}
