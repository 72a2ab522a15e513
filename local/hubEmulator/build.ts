import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";

// Builds the package: the emulator in one file, the program, their types, and the licences of what is bundled.

const root = import.meta.dirname;
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await bundle();
writeTypes();

async function bundle(): Promise<void> {
  const options = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    metafile: true,
    logLevel: "warning",
  } as const;
  const { metafile } = await build({
    ...options,
    entryPoints: ["emulator.ts"],
    outfile: "dist/emulator.mjs",
  });
  const { outputFiles } = await build({
    ...options,
    entryPoints: ["main.ts"],
    outfile: "dist/main.mjs",
    external: ["./emulator.ts"],
    banner: { js: "#!/usr/bin/env node" },
    write: false,
  });
  const program = outputFiles[0]?.text.replace('"./emulator.ts"', '"./emulator.mjs"') ?? "";
  writeFileSync(join(dist, "main.mjs"), program, { mode: 0o755 });
  writeFileSync(join(dist, "third-party-licences.txt"), licencesOf(metafile));
}

/** Returns the licences of the packages in a bundle, which ask to be shipped with them. */
function licencesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap(
      (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [],
    ),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const path = join(root, folder);
      const { name, version, license } = JSON.parse(
        readFileSync(join(path, "package.json"), "utf8"),
      );
      const file = readdirSync(path).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry));
      const text = file === undefined ? "" : readFileSync(join(path, file), "utf8");
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** Writes the declarations that the emulator's interface needs, and no others. */
function writeTypes(): void {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc",
  );
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
  const types = join(dist, "types");
  const needed = new Set<string>();
  const visit = (file: string): void => {
    if (needed.has(file)) return;
    needed.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, specifier = ""] of text.matchAll(/from "(\..+)\.ts"/g)) {
      visit(`${join(dirname(file), specifier)}.d.ts`);
    }
    // Older compilers do not take declarations with the extension of a source.
    writeFileSync(file, text.replaceAll(/(from "\..+)\.ts"/g, '$1.js"'));
  };
  visit(join(types, "emulator.d.ts"));
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(path)) rmSync(path);
  }
}
