import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

// Builds the package: the client in one file for browsers and Node, and its types.

const root = import.meta.dirname;
rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ["client.ts"],
  outfile: "dist/client.mjs",
  bundle: true,
  platform: "neutral",
  target: "es2022",
  logLevel: "warning",
});
const require = createRequire(join(root, "../../package.json"));
const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
execFileSync(process.execPath, [compiler, "-p", "tsconfig.types.json"], {
  cwd: root,
  stdio: "inherit",
});
const types = join(root, "dist/types/client.d.ts");
writeFileSync(types, readFileSync(types, "utf8").replace('"./contract.ts"', '"./contract.js"'));
