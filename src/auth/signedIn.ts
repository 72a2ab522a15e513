import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from "@azure/functions";
import { guarded } from "../http/guarded.ts";
import { problemAnswer } from "../http/problem.ts";
import type { Authenticate, UserId } from "./authenticate.ts";

type SignedInHandler = (
  request: HttpRequest,
  userId: UserId,
  context: InvocationContext,
) => Promise<HttpResponseInit>;

/**
 * Lets signed-in users through to a handler: who is calling is decided before anything else is looked at.
 */
export function signedIn(authenticate: Authenticate, handler: SignedInHandler): HttpHandler {
  return guarded(async (request, context) => {
    const caller = await authenticate(request.headers);
    return caller.kind === "user"
      ? handler(request, caller.userId, context)
      : problemAnswer(caller.problem);
  });
}
