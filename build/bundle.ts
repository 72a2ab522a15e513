import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { build, type Metafile } from "esbuild";

/** The source map: for debuggers on this machine. It lies outside `dist/app/`, so no package has it. */
const sourceMap = "dist/main.cjs.map";

/**
 * Bundles `src/main.ts` into the file that `main` in package.json names. `dist/app/` is what is deployed.
 *
 * The format is CommonJS because `@azure/functions` loads `@azure/functions-core` with `require`. The
 * host provides that module, so it stays out of the bundle. The target is the oldest Node version that
 * the deployment allows.
 *
 * Replaces each file atomically, because a host may start while another stack builds.
 *
 * @returns what the bundle is made of
 */
export async function buildApp(): Promise<Metafile> {
  const root = join(import.meta.dirname, "..");
  const { main, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile: main,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    sourcemap: "external",
    // The map names its sources relative to the bundle.
    sourceRoot: `${posix.relative(posix.dirname(sourceMap), posix.dirname(main))}/`,
    footer: { js: `//# sourceMappingURL=${posix.relative(posix.dirname(main), sourceMap)}` },
    external: ["@azure/functions-core"],
    define: { APP_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  for (const { path: built, contents } of outputFiles) {
    const path = built.endsWith(".map") ? join(root, sourceMap) : built;
    const whole = `${path}.${process.pid}`;
    await mkdir(posix.dirname(path), { recursive: true });
    await writeFile(whole, contents);
    await rename(whole, path);
  }
  return metafile;
}

if (process.argv[1] === import.meta.filename) await buildApp();
