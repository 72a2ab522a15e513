import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../cli/options.ts";
import { cases, refusals } from "./cases.ts";
import { findCompiler } from "./compiler.ts";

const usage = `npm run check:infra [-- --update] [--folder DIR]

Compiles and lints main.bicep and main.bicepparam, with warnings as errors, compares the predicted
deployments with the snapshots in infra/snapshots, and checks that wrong parameters are refused. --update
rewrites the snapshots. --folder checks another folder instead of infra.`;

const sources = ["main.bicep", "main.bicepparam", "bicepconfig.json", "tables.json", "modules"];
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

const values = readOptions(usage, {
  folder: { type: "string", default: import.meta.dirname },
  update: { type: "boolean", default: false },
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

/** Returns the names of the environment variables that the parameters read. */
async function variableNames(): Promise<string[]> {
  const parameters = await readFile(join(values.folder, "main.bicepparam"), "utf8");
  return [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name = ""]) => name);
}

/** Returns this process's environment without the variables that the parameters read, plus a case's. */
async function environmentOf(added: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  for (const name of await variableNames()) delete env[name];
  return { ...env, ...added };
}

/** The deployment that a case's variables give, or what the compiler says against it. */
type Prediction =
  | { readonly kind: "predicted"; readonly deployment: string }
  | { readonly kind: "refused"; readonly reason: string };

async function predict(
  compiler: string,
  added: Readonly<Record<string, string>>,
): Promise<Prediction> {
  const folder = await mkdtemp(join(tmpdir(), "notify-users-infra-"));
  try {
    for (const source of sources) {
      await cp(join(values.folder, source), join(folder, source), { recursive: true });
    }
    const parameters = join(folder, "main.bicepparam");
    const args = ["snapshot", parameters, "--mode", "overwrite", ...target];
    const reason = await complaints(compiler, args, await environmentOf(added));
    if (reason) return { kind: "refused", reason };
    const written = await readFile(join(folder, "main.snapshot.json"), "utf8");
    const deployment = `${JSON.stringify(JSON.parse(written), inOrder, 2)}\n`;
    return { kind: "predicted", deployment };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compares one case with its snapshot, or updates the snapshot. @returns what is wrong, if anything */
async function checkCase(
  compiler: string,
  name: string,
  added: Readonly<Record<string, string>>,
): Promise<string> {
  const prediction = await predict(compiler, added);
  if (prediction.kind === "refused") return prediction.reason;
  const file = join(snapshots, `${name}.json`);
  if (values.update) {
    await mkdir(snapshots, { recursive: true });
    await writeFile(file, prediction.deployment);
    return "";
  }
  return difference(name, await readFile(file, "utf8").catch(() => ""), prediction.deployment);
}

/** Checks that wrong variables are refused for the right reason. @returns what is wrong, if anything */
async function checkRefusal(
  compiler: string,
  name: string,
  { variables, reason }: { variables: Readonly<Record<string, string>>; reason: string },
): Promise<string> {
  const prediction = await predict(compiler, variables);
  if (prediction.kind === "predicted") return `The template accepts ${name}.`;
  if (prediction.reason.includes(reason)) return "";
  return `The template refuses ${name}, but does not say "${reason}":\n${prediction.reason}`;
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
  const empty = Object.fromEntries((await variableNames()).map((name) => [name, ""]));
  const results = await Promise.all([
    // A pipeline sets variables that have no value to an empty text.
    values.update ? "" : checkCase(compiler.file, "defaults", { ...empty, ...cases.defaults }),
    ...Object.entries(cases).map(([name, added]) => checkCase(compiler.file, name, added)),
    ...Object.entries(refusals).map(([name, refusal]) =>
      checkRefusal(compiler.file, name, refusal),
    ),
  ]);
  return results.filter(Boolean).join("\n\n");
}

const wrong = await check();
if (wrong) {
  process.stderr.write(`${wrong}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    "The template compiles without warnings, matches the snapshots, and refuses what is wrong.\n",
  );
}
