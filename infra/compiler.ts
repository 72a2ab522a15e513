import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const project = join(import.meta.dirname, "bicep.csproj");

/** Where the Bicep compiler is, or how to get one. */
export type Compiler =
  | { readonly kind: "found"; readonly file: string }
  | { readonly kind: "missing"; readonly advice: string };

/**
 * Finds the Bicep compiler: the pinned one, which `dotnet restore` brings where this is Linux on x64 and
 * there is a .NET SDK, or else the `bicep` on PATH.
 *
 * @param restore whether the pinned one is fetched where it is not there yet
 */
export async function findCompiler(restore: boolean): Promise<Compiler> {
  const pinned = await pinnedFile();
  const pinnable = process.platform === "linux" && process.arch === "x64";
  if (pinnable && (await exists(pinned))) return { kind: "found", file: pinned };
  if (pinnable && restore && (await runs("dotnet", "--version"))) {
    await execute("dotnet", ["restore", project]);
    return { kind: "found", file: pinned };
  }
  if (await runs("bicep", "--version")) return { kind: "found", file: "bicep" };
  return {
    kind: "missing",
    advice:
      "There is no Bicep compiler. Install the .NET SDK (on Linux, x64), which fetches the pinned one, " +
      "or put bicep on PATH: https://learn.microsoft.com/azure/azure-resource-manager/bicep/install.",
  };
}

/** The file that the project's one package brings. @throws where the project names no such package */
async function pinnedFile(): Promise<string> {
  const reference = /Include="([^"]+)" Version="([^"]+)"/.exec(await readFile(project, "utf8"));
  const [, name, version] = reference ?? [];
  if (name === undefined || version === undefined) throw new Error(`${project} pins no compiler.`);
  const packages = join(import.meta.dirname, ".bicep", "packages");
  return join(packages, name.toLowerCase(), version, "tools", "bicep");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function runs(command: string, argument: string): Promise<boolean> {
  return execute(command, [argument]).then(
    () => true,
    () => false,
  );
}
