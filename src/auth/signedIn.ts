import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from "@azure/functions";
import { problemAnswer, tooManyRequests } from "../http/problem.ts";
import { withProblemResponses } from "../http/withProblemResponses.ts";
import { userDigest } from "../user.ts";
import type { Authenticate } from "./authenticate.ts";

export type SignedInHandler = (
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

/** Takes a write from what a user may do. @returns the whole seconds until the user may write; 0 for now */
export type TakeWrite = (userDigest: string) => Promise<number>;

/** Calls the handler of a write, unless the user writes too often. */
export function withinWrites(takeWrite: TakeWrite, handler: SignedInHandler): SignedInHandler {
  return async (request, userDigest, context) => {
    const wait = await takeWrite(userDigest);
    return wait > 0 ? problemAnswer(tooManyRequests(wait)) : handler(request, userDigest, context);
  };
}
