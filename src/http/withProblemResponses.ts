import type { HttpHandler } from "@azure/functions";
import { problemAnswer } from "./problem.ts";

/** Answers what a handler throws, which is a fault of ours, with 500, and logs its kind and place. */
export function withProblemResponses(handler: HttpHandler): HttpHandler {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (error) {
      context.error(describe(error));
      return problemAnswer({
        status: 500,
        detail: "Something went wrong here. It has been logged.",
      });
    }
  };
}

/** An error's kind and stack without its message, which may quote a token, a handle or a text. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `Unexpected: a thrown ${typeof error}`;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`Unexpected: ${error.name}`, ...frames].join("\n");
}
