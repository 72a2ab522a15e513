import type { HttpHandler } from "@azure/functions";
import { problemAnswer } from "./problem.ts";

/** Turns an exception into a 500 response and logs its type and stack, without its message. */
export function withProblemResponses(handler: HttpHandler): HttpHandler {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (error) {
      context.error(describe(error));
      return problemAnswer({
        name: "internal-error",
        status: 500,
        detail: "An unexpected error occurred. It has been logged.",
      });
    }
  };
}

/** Returns an error's name and stack. Omits its message, which may quote a token, a handle or an item. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `Unexpected: a thrown ${typeof error}`;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`Unexpected: ${error.name}`, ...frames].join("\n");
}
