import { isJsonObject } from "../http/parseJson.ts";

/** Escapes a text as it stands in JSON, between the quotes. */
export function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Applies a JSON Merge Patch (RFC 7396) to a payload. */
export function patchJson(body: string, patch: string | object): string {
  return JSON.stringify(mergePatch(JSON.parse(body), patch));
}

/** Returns a value with a JSON Merge Patch applied. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  // Null stands for a member to remove. Names such as __proto__ are members like others.
  const merged = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
