import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cases } from "./cases.ts";
import { findCompiler } from "./compiler.ts";

const usage = `npm run check:infra [-- --update] [--folder DIR]

Compiles and lints main.bicep and main.bicepparam, with warnings as errors, and compares the predicted
deployment with the snapshots in infra/snapshots. --update rewrites the snapshots. --folder checks another
folder instead of infra.`;

const sources = ["main.bicep", "main.bicepparam", "bicepconfig.json"];
const snapshots = join(import.meta.dirname, "snapshots");

/** The target of a snapshot's deployment: a subscription that does not exist, in an arbitrary region. */
const nilId = "00000000-0000-0000-0000-000000000000";
const target = [
  "--subscription-id",
  nilId,
  "--tenant-id",
  nilId,
  "--resource-group",
  "notify-users",
  "--location",
  "westeurope",
];

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: import.meta.dirname },
    update: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Runs the compiler. @returns its errors and warnings, or an empty string if there are none */
async function complaints(
  compiler: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  return new Promise((resolve) => {
    execFile(compiler, args, { env, maxBuffer: 2 ** 26 }, (error, _, stderr) => {
      resolve(stderr.trim() || (error ? error.message : ""));
    });
  });
}

/** Returns this process's environment without the variables that the parameters read, plus a case's. */
async function environmentOf(added: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const parameters = await readFile(join(values.folder, "main.bicepparam"), "utf8");
  const env = { ...process.env };
  for (const [, name = ""] of parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)) {
    delete env[name];
  }
  return { ...env, ...added };
}

/** Compares one case with its snapshot, or updates the snapshot. @returns what is wrong, if anything */
async function checkCase(
  compiler: string,
  name: string,
  added: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "notify-users-infra-"));
  try {
    for (const source of sources) await cp(join(values.folder, source), join(folder, source));
    const parameters = join(folder, "main.bicepparam");
    const args = ["snapshot", parameters, "--mode", "overwrite", ...target];
    const said = await complaints(compiler, args, await environmentOf(added));
    if (said) return said;
    const written = await readFile(join(folder, "main.snapshot.json"), "utf8");
    const text = `${JSON.stringify(JSON.parse(written), inOrder, 2)}\n`;
    const file = join(snapshots, `${name}.json`);
    if (values.update) {
      await mkdir(snapshots, { recursive: true });
      await writeFile(file, text);
      return "";
    }
    return difference(name, await readFile(file, "utf8").catch(() => ""), text);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A replacer that sorts an object's members by name, because the compiler's order varies between runs. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lists the lines that only one of two texts has. Returns an empty string if the texts are the same. */
function difference(name: string, before: string, after: string): string {
  const [was, is] = [before, after].map((text) => text.replaceAll("\r\n", "\n").split("\n"));
  if (was === undefined || is === undefined || was.join("\n") === is.join("\n")) return "";
  return [
    `The deployment differs from infra/snapshots/${name}.json. If the change is intended, run`,
    "npm run check:infra -- --update, and commit the snapshot.",
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ].join("\n");
}

async function check(): Promise<string> {
  const compiler = await findCompiler(true);
  if (compiler.kind === "missing") return compiler.advice;
  const template = join(values.folder, "main.bicep");
  const said = await complaints(compiler.file, ["build", template, "--stdout"], process.env);
  if (said) return said;
  const results = await Promise.all(
    Object.entries(cases).map(([name, added]) => checkCase(compiler.file, name, added)),
  );
  return results.filter(Boolean).join("\n\n");
}

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else {
  const wrong = await check();
  if (wrong) {
    process.stderr.write(`${wrong}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write("The template compiles without warnings and matches the snapshots.\n");
  }
}
