import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const project = join(import.meta.dirname, "bicep.csproj");

/** The Bicep compiler's file, or advice on how to get one. */
export type Compiler =
  | { readonly kind: "found"; readonly file: string }
  | { readonly kind: "missing"; readonly advice: string };

/**
 * Finds the Bicep compiler: on Linux x64 the pinned one, which `dotnet restore` fetches if a .NET SDK is
 * installed, otherwise the `bicep` on PATH.
 *
 * @param restore whether to fetch the pinned one if it is missing
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
      "The Bicep compiler is missing. Install the .NET SDK, which fetches it on Linux x64, " +
      "or put bicep on PATH: https://learn.microsoft.com/azure/azure-resource-manager/bicep/install.",
  };
}

/** Returns the compiler's file in the project's only package. @throws if the project names no package */
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
