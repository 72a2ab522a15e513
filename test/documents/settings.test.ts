import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";
import { ports } from "../../local/ports.ts";
import { functionNames } from "../../src/rows/functionNames.ts";
import { tables } from "../../src/tables.ts";

const root = join(import.meta.dirname, "../..");
const text = (file: string) => readFile(join(root, file), "utf8");

/** Matches the name of a setting that this app reads, as opposed to the host's own settings. */
const ownName = /^(AzureWebJobsStorage|NotificationHub|Auth|Push|Limits|Delivery)(__\w+)?$/;

/** Returns the app's own setting names, sorted and unique, with NAME for the name of an issuer. */
function namesIn(found: Iterable<string>): string[] {
  const names = [...found].filter((name) => ownName.test(name));
  return [...new Set(names.map((name) => name.replace(/^Auth__\w+?__/, "Auth__NAME__")))].sort();
}

/** Returns the names that the app reads: the members of the schemas, with NAME for an issuer's name. */
async function namesRead(): Promise<string[]> {
  const source = await text("src/settings/settings.ts");
  const issuerSource = await text("src/settings/issuers.ts");
  const members = [...source.matchAll(/^ {2}(\w+): (?:v\.|perMinute\(|isOn,)/gm)].map(
    ([, name = ""]) => name,
  );
  const issuers =
    /const issuerSchema = v\.(?:strictO|looseO|o)bject\(\{(.*?)^\}\)/ms.exec(issuerSource)?.[1] ??
    "";
  const ofIssuer = [...issuers.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => `Auth__NAME__${name}`);
  expect(ofIssuer).not.toEqual([]);
  return namesIn([...members, ...ofIssuer]);
}

async function namesInDocument(): Promise<string[]> {
  const document = await text("docs/settings.md");
  const table = /# Settings\n(.*?)\n## /s.exec(document)?.[1] ?? "";
  const cells = table.split("\n").flatMap((line) => /^\|([^|]*)\|/.exec(line)?.[1] ?? []);
  return namesIn(
    cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)),
  );
}

/** Returns the app setting names in a snapshot, which npm run check:infra keeps up to date. */
async function namesDeployed(): Promise<string[]> {
  const resource = v.object({ name: v.string(), properties: v.optional(v.unknown()) });
  const snapshot = v.object({ predictedResources: v.array(resource) });
  const { predictedResources } = v.parse(
    snapshot,
    JSON.parse(await text("infra/snapshots/everything.json")),
  );
  const settings = predictedResources.find(({ name }) => name.endsWith("/appsettings"));
  const written = JSON.stringify(settings?.properties);
  return namesIn([...written.matchAll(/'(\w+)'/g)].map(([, name = ""]) => name));
}

test("docs/settings.md names the settings that the app reads, and no others", async () => {
  expect(await namesInDocument()).toEqual(await namesRead());
});

test("the infrastructure sets exactly the settings that the app reads, by identity", async () => {
  const read = await namesRead();
  expect(await namesDeployed()).toEqual(read.filter((name) => name !== "AzureWebJobsStorage"));
});

test("the example sets only settings that the app reads, and all required ones", async () => {
  const example = v.object({ Values: v.record(v.string(), v.string()) });
  const { Values } = v.parse(example, JSON.parse(await text("local.settings.json.example")));
  const named = namesIn(Object.keys(Values));
  expect(await namesRead()).toEqual(expect.arrayContaining(named));
  expect(Object.keys(Values).filter((name) => !ownName.test(name))).toEqual([
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
  ]);
  expect(named).toEqual(
    expect.arrayContaining([
      "AzureWebJobsStorage",
      "NotificationHub__connectionString",
      "NotificationHub__name",
      "Auth__NAME__audience",
    ]),
  );
});

test("the documents, the example and the emulator's default name only ports of the table", async () => {
  const known = new Set(Object.values(ports).map(String));
  const files = ["README.md", "local.settings.json.example", "local/hubEmulator/README.md"];
  const texts = await Promise.all(files.map(text));
  const named = texts.flatMap((one) => [...one.matchAll(/127\.0\.0\.1:(\d+)/g)]);
  expect(named.map(([, port = ""]) => port).filter((port) => !known.has(port))).toEqual([]);
  expect(await text("local/hubEmulator/main.ts")).toContain(`default: "${ports.hub}"`);
});

test("docs/api.md lists every function with its route", async () => {
  const listed = [...(await text("docs/api.md")).matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].filter(
    ([, , route = ""]) => /^`(GET|POST|DELETE|PATCH)|the queue/.test(route),
  );
  const files = (await readdir(join(root, "src/functions"))).map((file) => file.replace(".ts", ""));
  const ofTables = new Set<string>(tables.flatMap((table) => Object.values(functionNames(table))));
  const names = [
    ...files.filter((name) => !name.endsWith("Row") && name !== "listRows"),
    ...ofTables,
  ];
  expect(listed.map(([, name]) => name).sort()).toEqual(names.sort());
  for (const [, name = "", route = ""] of listed) {
    // npm run check compares these with the tables.
    if (ofTables.has(name)) continue;
    const source = await text(`src/functions/${name}.ts`);
    const [, path] = /route: "([^"]+)"/.exec(source) ?? [];
    const [, methods = ""] = /methods: \[([^\]]+)\]/.exec(source) ?? [];
    if (path === undefined) continue;
    expect(route).toContain(`/${path}`);
    for (const [, method] of methods.matchAll(/"(\w+)"/g)) expect(route).toContain(`\`${method}`);
  }
});

test("docs/settings.md names every option of the programs", async () => {
  const document = await text("docs/settings.md");
  for (const file of [
    "local/main.ts",
    "local/functionsHost/main.ts",
    "ops/redrive.ts",
    "ops/forget.ts",
    "ops/why.ts",
    "ops/smoke.ts",
  ]) {
    const [, options = ""] =
      /readOptions\(\s*usage,\s*\{(.*?)\}\s*,?\s*(?:\w+,?\s*)?\);/s.exec(await text(file)) ?? [];
    const names = [...options.matchAll(/"?([\w-]+)"?: \{ type/g)].map(([, name = ""]) => name);
    expect(names).not.toEqual([]);
    for (const name of names) {
      // An option that is on by default is documented by its negation.
      expect([
        file,
        name,
        document.includes(`--${name}`) || document.includes(`--no-${name}`),
      ]).toEqual([file, name, true]);
    }
  }
});
