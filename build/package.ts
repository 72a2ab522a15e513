import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { readOptions } from "../cli/options.ts";
import { buildApp } from "./bundle.ts";
import { sbomOf } from "./sbom.ts";

const root = join(import.meta.dirname, "..");

/** The package, which azure.yaml names. */
const archive = join(root, "dist/notify-users.zip");

/** What the package is made of: its bill of materials, beside it. */
const bill = join(root, "dist/notify-users.cdx.json");

const usage = `npm run package [-- --no-build]

Builds the app, packages it in dist/notify-users.zip, and lists what it is made of in dist/notify-users.cdx.json
(CycloneDX). --no-build packages the existing bundle, without a list.`;

const values = readOptions(usage, { build: { type: "boolean", default: true } });

/**
 * Writes a package that runs without node_modules: the files in dist/app, host.json, and a package.json
 * without dependencies or scripts, so that Azure installs and builds nothing.
 *
 * @returns the archive's path and size, for the user
 */
async function packageApp(): Promise<string> {
  const { name, version, type, main } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  if (values.build) await writeFile(bill, await sbomOf(await buildApp(), root, { name, version }));
  const manifest = `${JSON.stringify({ name, version, private: true, type, main }, undefined, 2)}\n`;
  const built = (await readdir(join(root, "dist/app"))).map((name) => `dist/app/${name}`);
  const entries = [
    { name: "package.json", content: Buffer.from(manifest) },
    ...(await Promise.all(
      ["host.json", ...built].map(async (name) => ({
        name,
        content: await readFile(join(root, name)),
      })),
    )),
  ];
  const zipped = zip(entries);
  await writeFile(archive, zipped);
  const size = entries.reduce((sum, { content }) => sum + content.length, 0);
  return `${archive}: ${megabytes(zipped.length)}, ${megabytes(size)} unpacked`;
}

/** Creates a reproducible archive: the same files give the same bytes. */
function zip(entries: readonly { name: string; content: Uint8Array }[]): Uint8Array {
  const files: Zippable = Object.fromEntries(entries.map(({ name, content }) => [name, content]));
  return zipSync(files, {
    level: 9,
    // The earliest date that the format supports.
    mtime: new Date(1980, 0, 1),
    // On Unix: a regular file that only its owner may write.
    os: 3,
    attrs: (0o100644 << 16) >>> 0,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}

process.stdout.write(`${await packageApp()}\n`);
