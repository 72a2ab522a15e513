/** Why storage did not do what it was asked. */
export type StorageFailure =
  /** Storage is unreachable, busy or gives an unreadable response. It may still have done the operation. */
  | { readonly kind: "unavailable" }
  /** Storage refuses the app's credentials, or the app has none. An operator has to act. */
  | { readonly kind: "refused" };

/** The error of a managed identity that got no token. */
export class NoIdentityError extends Error {
  override readonly name = "NoIdentityError";
}

/** The error of a response that says success, but does not come from storage: from a proxy, say. */
export class ForeignResponseError extends Error {
  override readonly name = "ForeignResponseError";
}

/** The parts that the errors of the tables' client have, and those of the queue's official one, which programs for operators use. */
interface RestError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly details?: {
    readonly odataError?: { readonly code?: string };
    readonly errorCode?: string;
  };
}

/** Several packages may have a copy of the class, so that `instanceof` can't tell. */
function isRestError(error: unknown): error is RestError {
  return error instanceof Error && error.name === "RestError";
}

/** Returns the error code of a response of storage: tables have it in the body, queues in a header. */
export function storageErrorCode(error: unknown): string | undefined {
  return isRestError(error) ? codeInResponse(error) : undefined;
}

/** Returns whether the error of a call says that the row or its table does not exist. A table is missing before its first row. */
export function isAbsent(error: unknown): boolean {
  const code = storageErrorCode(error);
  return code === "ResourceNotFound" || code === "TableNotFound";
}

/** Returns whether the error of a write says that the row has another version by now. */
export function isChanged(error: unknown): boolean {
  return storageErrorCode(error) === "UpdateConditionNotSatisfied";
}

/** Makes a call. If its error says that the table is missing, creates it and calls once more. */
export async function createdWhereMissing<T>(
  call: () => Promise<T>,
  create: () => Promise<unknown>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (storageErrorCode(error) !== "TableNotFound") throw error;
    await create();
    return call();
  }
}

/** `code` of the error itself may be that of the client, such as `PARSE_ERROR`. */
function codeInResponse({ details }: RestError): string | undefined {
  return details?.odataError?.code ?? details?.errorCode;
}

/**
 * Returns why a call to storage failed.
 *
 * @throws the error if it is a bug of this app: storage says that the request is wrong, or the error is none that the
 * clients throw for the network or for a response that they can't read
 */
export function storageFailure(error: unknown): StorageFailure {
  if (error instanceof NoIdentityError) return { kind: "refused" };
  if (error instanceof ForeignResponseError) return { kind: "unavailable" };
  // The call's deadline.
  if (error instanceof Error && error.name === "AbortError") return { kind: "unavailable" };
  if (!isRestError(error)) throw error;
  const failure = failureOfStatus(error.statusCode, codeInResponse(error));
  if (failure === undefined) throw error;
  return failure;
}

/**
 * Returns what a response says that is no success.
 *
 * @param status if it is undefined, no response came or none that the client could read
 * @param code the code by which storage names its reason. A proxy between has none, and says nothing about the request.
 * @returns undefined if storage says that the request is wrong, which is a bug of this app
 */
export function failureOfStatus(
  status: number | undefined,
  code: string | undefined,
): StorageFailure | undefined {
  if (status === 401 || status === 403) return { kind: "refused" };
  const isBug = code !== undefined && status !== undefined && status < 500;
  return isBug && ![408, 409, 429].includes(status) ? undefined : { kind: "unavailable" };
}
