import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

const hostJson = v.looseObject({
  version: v.literal("2.0", 'must be "2.0".'),
  extensions: v.optional(
    v.looseObject({
      http: v.optional(v.looseObject({ routePrefix: v.optional(v.string()) })),
    }),
  ),
});

/** What this host takes from host.json. */
export interface HostJson {
  /** Stands before every route, `api` unless host.json says otherwise. */
  readonly routePrefix: string;
}

/** Reads the host.json of an app. @throws an Error that names what is wrong in it */
export async function readHostJson(directory: string): Promise<HostJson> {
  const text = await readFile(join(directory, "host.json"), "utf8");
  const result = v.safeParse(hostJson, JSON.parse(text));
  if (!result.success) {
    const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
    throw new Error(`host.json is not right: ${faults.join("; ")}`);
  }
  return { routePrefix: result.output.extensions?.http?.routePrefix ?? "api" };
}
