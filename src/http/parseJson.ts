const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Parses JSON, given as a text or as its UTF-8.
 *
 * @returns `undefined` if it is malformed; the parser's own error would quote the input
 */
export function parseJson(json: string | NodeJS.ArrayBufferView | ArrayBuffer): unknown {
  try {
    return JSON.parse(typeof json === "string" ? json : utf8.decode(json));
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
