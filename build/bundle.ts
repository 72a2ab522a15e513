import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles `src/main.ts` into the file that `main` in package.json names, with a source map.
 *
 * The format is CommonJS because `@azure/functions` loads `@azure/functions-core` with `require`. The
 * host provides that module, so it stays out of the bundle. The target is the oldest Node version that
 * the deployment allows.
 *
 * Replaces each file atomically, because a host may start while another stack builds.
 */
export async function buildApp(): Promise<void> {
  const root = join(import.meta.dirname, "..");
  const { main, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile: main,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: true,
    external: ["@azure/functions-core"],
    define: { APP_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    write: false,
  });
  for (const { path, contents } of outputFiles) {
    const whole = `${path}.${process.pid}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(whole, contents);
    await rename(whole, path);
  }
}

if (process.argv[1] === import.meta.filename) await buildApp();
