import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

const localSettings = v.looseObject({
  IsEncrypted: v.optional(v.literal(false, "must be false: this host does not decrypt settings.")),
  Values: v.optional(v.record(v.string(), v.string("must be a string."))),
});

/**
 * Reads the app settings in an app's local.settings.json, like `func start`.
 *
 * @returns no settings if the file is missing
 * @throws an Error that says what is wrong in the file
 */
export async function readLocalSettings(
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(join(directory, "local.settings.json"), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const result = v.safeParse(localSettings, JSON.parse(text));
  if (result.success) return result.output.Values ?? {};
  const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`local.settings.json is invalid: ${faults.join("; ")}`);
}
