import { RestError } from "@azure/data-tables";

/**
 * Returns `unavailable` for an error of an Azure storage client that means that storage is unreachable: no
 * response, a late response or a status that asks for a retry. Storage may still have done the operation.
 *
 * @throws any other error, such as refused credentials or a request that this app got wrong
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
