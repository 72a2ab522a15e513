import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";

/** `@azure/functions` loads `@azure/functions-core`, which the host provides, with `require`. */
const requireOfModule =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Bundles `src/start.ts` into `dist/app/`, which is what is deployed: the file that `main` in package.json
 * names, and a file for each part that it loads later. The target is the oldest Node version that the
 * deployment allows.
 *
 * The source maps are for debuggers on this machine. They are outside `dist/app/`, so no package has them.
 *
 * Replaces each file atomically, because a host may start while another stack builds.
 *
 * @returns what the bundle is made of
 */
export async function buildApp(): Promise<Metafile> {
  const root = join(import.meta.dirname, "..");
  const { main, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const app = join(root, dirname(main));
  const maps = join(root, "dist/source-maps");
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: "src/start.ts" },
    outdir: app,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node22",
    format: "esm",
    banner: { js: requireOfModule },
    sourcemap: "external",
    // The maps name their sources relative to the bundle.
    sourceRoot: "../app/",
    external: ["@azure/functions-core"],
    define: { APP_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  const built = outputFiles.map(({ path, text }) => {
    const name = basename(path);
    return name.endsWith(".map")
      ? { path: join(maps, name), text }
      : { path, text: `${text}//# sourceMappingURL=../source-maps/${name}.map\n` };
  });
  // The parts before the file that loads them.
  built.sort((one, other) => Number(one.path.endsWith(main)) - Number(other.path.endsWith(main)));
  for (const { path, text } of built) await replace(path, text);
  const current = new Set(built.map(({ path }) => path));
  for (const folder of [app, maps]) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      // A name that ends in a number is a file that another build is writing.
      if (!current.has(path) && !/\.\d+$/.test(name)) await rm(path, { force: true });
    }
  }
  return metafile;
}

async function replace(path: string, text: string): Promise<void> {
  const whole = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(whole, text);
  await rename(whole, path);
}

if (process.argv[1] === import.meta.filename) await buildApp();
