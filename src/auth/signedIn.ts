import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from "@azure/functions";
import { problemAnswer } from "../http/problem.ts";
import type { Authenticate } from "./authenticate.ts";
import type { UserId } from "./verifyToken.ts";

type SignedInHandler = (
  request: HttpRequest,
  userId: UserId,
  context: InvocationContext,
) => Promise<HttpResponseInit>;

/**
 * Lets signed-in users through to a handler: who is calling is decided before anything else is looked
 * at. An exception, which is a fault of ours, is logged by its kind and place and answered 500.
 */
export function signedIn(authenticate: Authenticate, handler: SignedInHandler): HttpHandler {
  return async (request, context) => {
    try {
      const caller = await authenticate(request.headers);
      return caller.kind === "user"
        ? await handler(request, caller.userId, context)
        : problemAnswer(caller.problem);
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
