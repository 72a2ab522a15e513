import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Zippable, zipSync } from "fflate";
import { buildApp } from "./bundle.ts";

const root = join(import.meta.dirname, "..");

/** The package as a folder, which azure.yaml names, and as an archive. */
const folder = join(root, "dist/package");
const archive = join(root, "dist/notify-users.zip");

const usage = `npm run package [-- --no-build]

Builds and packages the app, in dist/package and dist/notify-users.zip. --no-build packages the existing
bundle.`;

const { values } = parseArgs({
  options: {
    build: { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

/**
 * Writes a package that runs without node_modules: the bundle, its source map, host.json, and a
 * package.json without dependencies or scripts, so that Azure installs and builds nothing.
 *
 * @returns the archive's path and size, for the user
 */
async function packageApp(): Promise<string> {
  if (values.build) await buildApp();
  const { name, version, type, main } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const manifest = `${JSON.stringify({ name, version, private: true, type, main }, undefined, 2)}\n`;
  const entries = [
    { name: "package.json", content: Buffer.from(manifest) },
    ...(await Promise.all(
      ["host.json", main, `${main}.map`].map(async (path) => ({
        name: path,
        content: await readFile(join(root, path)),
      })),
    )),
  ];
  await rm(folder, { recursive: true, force: true });
  for (const entry of entries) {
    const file = join(folder, entry.name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, entry.content);
  }
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

process.stdout.write(`${values.help ? usage : await packageApp()}\n`);
