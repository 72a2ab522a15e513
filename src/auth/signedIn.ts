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

/** Takes a write from what a user may do. @returns the whole seconds until the user may write; 0 for now */
export type TakeWrite = (userDigest: string) => Promise<number>;

/** What a request of a signed-in user passes before its handler. */
export interface Guard {
  readonly authenticate: Authenticate;
  readonly takeWrite: TakeWrite;
}

/**
 * Calls the handler with the digest of the signed-in user, or responds with the reason why no user is
 * signed in. Identifies the caller before it reads anything else. Every method but GET counts as a write, of which a user
 * has so many in a minute.
 */
export function signedIn(
  { authenticate, takeWrite }: Guard,
  handler: SignedInHandler,
): HttpHandler {
  return withProblemResponses(async (request, context) => {
    const caller = await authenticate(request.headers);
    if (caller.kind !== "user") return problemAnswer(caller.problem);
    const digest = userDigest(caller.userId);
    const wait = request.method === "GET" ? 0 : await takeWrite(digest);
    return wait > 0 ? problemAnswer(tooManyRequests(wait)) : handler(request, digest, context);
  });
}
