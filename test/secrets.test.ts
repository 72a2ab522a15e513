import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { cases } from "../infra/cases.ts";
import { developmentKey } from "../local/azurite.ts";

const root = join(import.meta.dirname, "..");

const snapshot = v.object({
  predictedResources: v.array(
    v.object({ type: v.string(), name: v.string(), properties: v.optional(v.unknown()) }),
  ),
  outputs: v.record(v.string(), v.unknown()),
});

/** Reads a snapshot. Values known only at deployment are expressions of the compiled template. */
async function deployed(name: string) {
  const text = await readFile(join(root, "infra/snapshots", `${name}.json`), "utf8");
  return { text, ...v.parse(snapshot, JSON.parse(text)) };
}

/** Matches expressions that read a secret: a key of a resource, or a @secure() parameter. */
const readsSecret =
  /listKeys\(|listServiceSas\(|listSecrets\(|AccountKey|parameters\('(wns|apns|fcm|appServiceAuthentication)'\)\.\w+/;

describe.each(Object.keys(cases))("a deployment with %s", (name) => {
  test("contains no secret from the environment", async () => {
    const { text } = await deployed(name);
    expect(text).not.toContain("made-up-secret");
  });

  test("has no secret in an output, and only a reference in an app setting", async () => {
    const { outputs, predictedResources } = await deployed(name);
    expect(JSON.stringify(outputs)).not.toMatch(readsSecret);
    const settings = predictedResources.filter(({ name }) => name.endsWith("/appsettings"));
    expect(settings).toHaveLength(1);
    const written = JSON.stringify(settings);
    expect(written).not.toMatch(readsSecret);
    expect(written).toContain("@Microsoft.KeyVault(VaultName={0};SecretName={1})");
    // The value of each of these settings is the name of a secret, which test/infra/template.test.ts follows.
    expect(written).toMatch(/["']NotificationHub__connectionString["'][:,]/);
  });

  test("reads a key of a resource only to store it in the vault", async () => {
    const { predictedResources } = await deployed(name);
    const readers = predictedResources.filter((one) =>
      /list(Keys|ServiceSas)\(/.test(JSON.stringify(one)),
    );
    expect(new Set(readers.map(({ type }) => type))).toEqual(
      new Set(["Microsoft.KeyVault/vaults/secrets"]),
    );
  });
});

/** Patterns of secrets in a text. */
const secrets = [
  /AccountKey=([A-Za-z0-9+/]{40,}={0,2})/g,
  /SharedAccessKey=([A-Za-z0-9+/]{40,}={0,2})/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]{40,})/g,
  /\beyJ[\w-]{10,}\.(eyJ[\w-]{10,}\.[\w-]{20,})/g,
  /\b(ghp_[A-Za-z0-9]{36}|AIza[\w-]{35}|xox[bp]-[\w-]{20,})/g,
];

/** The well-known keys of Azurite and the hub emulator. */
const publicKeys = [
  developmentKey,
  Buffer.from("notify-users-local-development-key").toString("base64"),
];

test("no file in the repository contains a secret", async () => {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "-z"], { cwd: root });
  const files = stdout.split("\0").filter((file) => file !== "");
  expect(files).toContain("package.json");
  const found: string[] = [];
  for (const file of files) {
    const text = await readFile(join(root, file), "utf8");
    for (const secret of secrets) {
      for (const [, value = ""] of text.matchAll(secret)) {
        if (!publicKeys.includes(value)) found.push(file);
      }
    }
  }
  expect(found).toEqual([]);
});
