import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A program called `azd` that records its arguments and prints an access token. Not for Windows. */
export interface FakeAzd {
  /** The environment of a process that is to find it. */
  readonly env: NodeJS.ProcessEnv;
  /** The token that `azd auth token` prints. */
  readonly token: string;
  /** Returns its calls: the arguments of each, separated by a space, or the lines of a file of variables. */
  calls(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function createFakeAzd(): Promise<FakeAzd> {
  const folder = await mkdtemp(join(tmpdir(), "azd-"));
  const record = join(folder, "calls");
  const token = "made-up-access-token";
  const script = `#!/bin/sh
if [ "$1 $2 $3" = "env set --file" ]; then cat "$4" >> "${record}"; else echo "$*" >> "${record}"; fi
if [ "$1" = auth ]; then echo '{"token":"${token}","expiresOn":"2100-01-01T00:00:00Z"}'; fi
`;
  await writeFile(join(folder, "azd"), script);
  await chmod(join(folder, "azd"), 0o755);
  return {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"]}` },
    token,
    calls: async () =>
      (await readFile(record, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    remove: () => rm(folder, { recursive: true }),
  };
}
