import type { HttpRequest } from "@azure/functions";
import { isJsonObject, parseJson } from "./parseJson.ts";
import { badInput, type Problem } from "./problem.ts";

/** The largest accepted body, in bytes. */
const maximumBytes = 64 * 1024;

export type JsonBody =
  | { readonly kind: "object"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "problem"; readonly problem: Problem };

/**
 * Reads the JSON object in a request's body. The problem is 413 if the body is larger than 64 KiB, 415 if
 * its content type is not JSON, and 400 if it is empty, not UTF-8, not JSON or not an object.
 */
export async function readJsonBody(request: HttpRequest): Promise<JsonBody> {
  const bytes = await request.arrayBuffer();
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (Math.max(bytes.byteLength, announced) > maximumBytes) {
    return problem({
      name: "body-too-large",
      status: 413,
      detail: "The body is larger than 64 KiB.",
    });
  }
  if (!isJson(request.headers.get("content-type") ?? "")) {
    return problem({
      name: "not-json",
      status: 415,
      detail: "The body must be JSON, sent with Content-Type: application/json.",
    });
  }
  if (bytes.byteLength === 0) {
    // The Functions host passes a chunked body to the app as an empty body.
    return malformed("The body is empty. Send a JSON object with a Content-Length.");
  }
  const value = parseJson(bytes);
  if (value === undefined) return malformed("The body is not well-formed JSON in UTF-8.");
  return isJsonObject(value)
    ? { kind: "object", value }
    : malformed("The body must be a JSON object.");
}

/** Parameters, such as `charset`, have no effect on JSON, which is always UTF-8 (RFC 8259, sections 8.1 and 11). */
function isJson(contentType: string): boolean {
  return contentType.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function malformed(detail: string): JsonBody {
  return problem(badInput([{ pointer: "#", detail }]));
}

function problem(value: Problem): JsonBody {
  return { kind: "problem", problem: value };
}
