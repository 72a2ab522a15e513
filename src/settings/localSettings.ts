import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

const localSettings = v.looseObject({
  IsEncrypted: v.optional(v.literal(false, "must be false: this host does not decrypt settings.")),
  Values: v.optional(v.record(v.string(), v.string("must be a string.")), {}),
  Host: v.optional(
    v.looseObject({
      /** Origins, with commas between them. */
      CORS: v.optional(v.string(), ""),
      CORSCredentials: v.optional(v.boolean(), false),
    }),
    {},
  ),
});

export interface LocalSettings {
  readonly values: Readonly<Record<string, string>>;
  readonly cors: { readonly origins: readonly string[]; readonly credentials: boolean };
}

/**
 * Reads an app's local.settings.json, like `func start`.
 *
 * @returns no settings if the file is missing
 * @throws an Error that says what is wrong in the file
 */
export async function readLocalSettings(directory: string): Promise<LocalSettings> {
  let text: string;
  try {
    text = await readFile(join(directory, "local.settings.json"), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { values: {}, cors: { origins: [], credentials: false } };
    }
    throw error;
  }
  const result = v.safeParse(localSettings, parse(text));
  if (result.success) {
    const { Values: values, Host } = result.output;
    // As `func start` does, without trimming.
    const origins = Host.CORS.split(",").filter(Boolean);
    return { values, cors: { origins, credentials: Host.CORSCredentials } };
  }
  const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`local.settings.json is invalid: ${faults.join("; ")}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, where] = /(\(line .+\))$/.exec(error instanceof Error ? error.message : "") ?? [];
    throw new Error(
      `local.settings.json is not JSON${where === undefined ? "" : ` ${where}`}. Comments and trailing commas are not allowed.`,
    );
  }
}
