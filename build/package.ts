import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Zippable, zipSync } from "fflate";
import { buildApp } from "./bundle.ts";

const root = join(import.meta.dirname, "..");

/** Where the package lies as a folder, which is what azure.yaml names, and as an archive. */
const folder = join(root, "dist/package");
const archive = join(root, "dist/notify-users.zip");

const usage = `npm run package [-- --no-build]

Builds the app and makes its package, in dist/package and dist/notify-users.zip. --no-build packs the
bundle that is there.`;

const { values } = parseArgs({
  options: {
    build: { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

/**
 * Makes the package that runs without node_modules: the bundle, its source map,
 * host.json, and a package.json that names no dependency and no script, so that nothing is installed or
 * built where it is deployed.
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

/** Makes an archive that is the same for the same files. */
function zip(entries: readonly { name: string; content: Uint8Array }[]): Uint8Array {
  const files: Zippable = Object.fromEntries(entries.map(({ name, content }) => [name, content]));
  return zipSync(files, {
    level: 9,
    // The first day that the format knows.
    mtime: new Date(1980, 0, 1),
    // Made by UNIX: a plain file that its owner may write.
    os: 3,
    attrs: (0o100644 << 16) >>> 0,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}

process.stdout.write(`${values.help ? usage : await packageApp()}\n`);
