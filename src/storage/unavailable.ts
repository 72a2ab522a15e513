import { RestError } from "@azure/data-tables";

/**
 * Reads what an Azure storage client threw as storage being out of reach: no answer, one that came too
 * late, or one that says to try again. Whether storage did what it was asked is then unknown.
 *
 * @throws what else it is: refused credentials, or a request that is our fault
 */
export function unavailable(error: unknown): { readonly kind: "unavailable" } {
  const passing =
    error instanceof RestError
      ? error.statusCode === undefined ||
        [408, 409, 429].includes(error.statusCode) ||
        error.statusCode >= 500
      : error instanceof Error && error.name === "AbortError";
  if (!passing) throw error;
  return { kind: "unavailable" };
}
