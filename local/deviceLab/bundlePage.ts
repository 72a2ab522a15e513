import { join } from "node:path";

/** Bundles the script of the page. @throws an Error if it does not build */
export async function bundlePage(): Promise<string> {
  // The bundler is only needed here.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    absWorkingDir: join(import.meta.dirname, "page"),
    entryPoints: ["main.tsx"],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "silent",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
