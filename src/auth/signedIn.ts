import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from "@azure/functions";
import { problemAnswer } from "../http/problem.ts";
import { withProblemResponses } from "../http/withProblemResponses.ts";
import { userDigest } from "../user.ts";
import type { Authenticate } from "./authenticate.ts";

type SignedInHandler = (
  request: HttpRequest,
  userDigest: string,
  context: InvocationContext,
) => Promise<HttpResponseInit>;

/**
 * Calls the handler with the digest of the signed-in user, or responds with the reason why no user is
 * signed in. Identifies the caller before it reads anything else.
 */
export function signedIn(authenticate: Authenticate, handler: SignedInHandler): HttpHandler {
  return withProblemResponses(async (request, context) => {
    const caller = await authenticate(request.headers);
    return caller.kind === "user"
      ? handler(request, userDigest(caller.userId), context)
      : problemAnswer(caller.problem);
  });
}
