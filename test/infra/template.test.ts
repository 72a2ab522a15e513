import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { beforeAll, describe, expect, test } from "vitest";
import { findCompiler } from "../../infra/compiler.ts";

const infra = join(import.meta.dirname, "../../infra");
const compiler = await findCompiler(false);

const output = v.object({ type: v.string(), value: v.optional(v.unknown()) });
const plainResource = v.object({
  type: v.string(),
  scope: v.optional(v.string()),
  name: v.optional(v.string()),
  existing: v.optional(v.boolean(), false),
  dependsOn: v.optional(v.array(v.string()), []),
  properties: v.optional(v.unknown()),
});
const template = v.object({
  resources: v.record(v.string(), plainResource),
  outputs: v.optional(v.record(v.string(), output), {}),
});
const deployment = v.object({
  type: v.literal("Microsoft.Resources/deployments"),
  dependsOn: v.optional(v.array(v.string()), []),
  properties: v.object({
    parameters: v.record(v.string(), v.unknown()),
    template,
  }),
});

type Template = v.InferOutput<typeof template>;
type Deployment = v.InferOutput<typeof deployment>;

let main: Template;
/** The modules, by their symbolic names. */
let modules: Map<string, Deployment>;

beforeAll(async () => {
  if (compiler.kind === "missing") return;
  const { stdout } = await promisify(execFile)(
    compiler.file,
    ["build", join(infra, "main.bicep"), "--stdout"],
    { maxBuffer: 2 ** 26 },
  );
  main = v.parse(template, JSON.parse(stdout));
  modules = new Map(
    Object.entries(
      v.parse(v.object({ resources: v.record(v.string(), v.unknown()) }), JSON.parse(stdout))
        .resources,
    )
      .filter(([, resource]) => v.is(deployment, resource))
      .map(([name, resource]) => [name, v.parse(deployment, resource)]),
  );
}, 60_000);

/** Returns everything that is deployed before a part, by symbolic name. */
function before(name: string): Set<string> {
  const found = new Set<string>();
  const queue = [...(main.resources[name]?.dependsOn ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!found.has(next)) queue.push(...(main.resources[next]?.dependsOn ?? []));
    found.add(next);
  }
  return found;
}

function typesIn(name: string): string[] {
  return Object.values(modules.get(name)?.properties.template.resources ?? {})
    .filter(({ existing }) => !existing)
    .map(({ type }) => type);
}

const secretType = "Microsoft.KeyVault/vaults/secrets";
const roleType = "Microsoft.Authorization/roleAssignments";

describe.skipIf(compiler.kind === "missing")("the template", () => {
  test("deploys every secret that a setting refers to before the app, and the role on the vault before it", () => {
    const references = JSON.stringify(modules.get("app")?.properties.parameters["vaultReferences"]);
    const sources = new Set(
      [...references.matchAll(/reference\('(\w+)'\)/g)].map(([, name = ""]) => name),
    );
    expect([...sources].sort()).toEqual(["hub", "signInSecrets", "tokenStore"]);
    for (const source of sources) {
      expect(typesIn(source)).toContain(secretType);
      expect(before("app")).toContain(source);
      // The role is in the vault's module, so it is there before any secret.
      expect(before(source)).toContain("vault");
    }
    expect(typesIn("vault")).toContain(roleType);
    // Nothing but the identity has to be there before the role: it takes minutes to have an effect.
    expect([...before("vault")]).toEqual(["identity"]);
  });

  test("has no other secret, and refers to none outside the module that writes the settings", () => {
    const withSecrets = [...modules.keys()].filter((name) => typesIn(name).includes(secretType));
    expect(withSecrets.sort()).toEqual(["hub", "signInSecrets", "tokenStore"]);
    for (const [name, { properties }] of modules) {
      const written = JSON.stringify(properties);
      expect([name, written.includes("@Microsoft.KeyVault(")]).toEqual([name, name === "app"]);
    }
  });

  test("deploys the app after its package's container and all its roles, and sign-in after the app", () => {
    const resources = modules.get("storage")?.properties.template.resources ?? {};
    expect(Object.values(resources).map(({ type }) => type)).toContain(
      "Microsoft.Storage/storageAccounts/blobServices/containers",
    );
    const packageUrl = modules.get("app")?.properties.parameters["packageUrl"];
    expect(JSON.stringify(packageUrl)).toContain("reference('storage').outputs.packageUrl");
    const needed = [...modules.keys()].filter((name) => typesIn(name).includes(roleType));
    expect(needed.sort()).toEqual(["monitoring", "storage", "vault"]);
    for (const name of [...needed, "network"]) expect(before("app")).toContain(name);
    expect(before("signIn")).toContain("app");
  });

  test("puts no secret into an output", () => {
    const all = [main, ...[...modules.values()].map(({ properties }) => properties.template)];
    for (const { outputs } of all) {
      for (const { type, value } of Object.values(outputs)) {
        expect(type.toLowerCase()).not.toContain("secure");
        expect(JSON.stringify(value)).not.toMatch(
          /list(Keys|ServiceSas|AccountSas)\(|\.value\.(appSecret|clientSecret)/i,
        );
      }
    }
  });
});

test("a role on a whole account or vault has a comment that explains it", async () => {
  const explained: string[] = [];
  for (const file of await readdir(join(infra, "modules"))) {
    const lines = (await readFile(join(infra, "modules", file), "utf8")).split("\n");
    const wide = lines.flatMap(
      (line) =>
        /^resource (\w+) 'Microsoft\.(?:Storage\/storageAccounts|KeyVault\/vaults)@/.exec(
          line,
        )?.[1] ?? [],
    );
    for (const [index, line] of lines.entries()) {
      const name = /^resource (\w+) 'Microsoft\.Authorization\/roleAssignments@/.exec(line)?.[1];
      if (name === undefined) continue;
      const scope =
        lines
          .slice(index)
          .join("\n")
          .match(/^\s*scope: (\S+)$/m)?.[1] ?? "";
      if (!wide.includes(scope)) continue;
      expect([name, lines[index - 1]]).toEqual([name, expect.stringMatching(/^\/\/ /)]);
      explained.push(name);
    }
  }
  expect(explained.sort()).toEqual(["mayReadSecrets", "mayUseBlobs"]);
});
