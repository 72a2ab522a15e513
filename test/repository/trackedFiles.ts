import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Returns the files of the repository, new ones too, relative to its root, with slashes. */
export function trackedFiles(): readonly string[] {
  const options = { cwd: root, encoding: "utf8" } as const;
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    options,
  );
  return listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}
