import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Folders whose files put others together, or are shared by them. Each of their files stands for itself. */
const outermost: ReadonlySet<string> = new Set([
  "src",
  "local",
  "local/deviceLab",
  "ops",
  "cli",
  "diagnosis",
]);

/** Which folders the files of each folder import from. */
type FolderImports = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the imports between the folders below some folders. A file imports with a path that ends in `.ts` or `.tsx`. */
export function readFolderImports(root: string, below: readonly string[]): FolderImports {
  const imports = new Map<string, Set<string>>();
  for (const file of below.flatMap((name) => globSync(`${name}/**/*.{ts,tsx}`, { cwd: root }))) {
    // The emulator is a package of its own, around its state.
    if (/(^|[\\/])(node_modules|dist|hubEmulator)[\\/]/.test(file)) continue;
    const from = placeOf(file);
    const text = readFileSync(join(root, file), "utf8");
    for (const [, path = ""] of text.matchAll(/(?:from|import)\s*\(?"(\.{1,2}\/[^"]+\.tsx?)"/g)) {
      const to = placeOf(relative(root, join(root, dirname(file), path)));
      if (to === from) continue;
      const targets = imports.get(from) ?? new Set();
      imports.set(from, targets.add(to));
    }
  }
  return imports;
}

function placeOf(file: string): string {
  const folder = dirname(file).replaceAll("\\", "/");
  return outermost.has(folder) ? file : folder;
}

/** Returns a circle of folders that import from each other, if there is one: the first folder stands at the end, too. */
export function findCircle(imports: FolderImports): readonly string[] | undefined {
  const done = new Set<string>();
  function search(folder: string, path: readonly string[]): readonly string[] | undefined {
    const at = path.indexOf(folder);
    if (at >= 0) return [...path.slice(at), folder];
    if (done.has(folder)) return undefined;
    for (const next of imports.get(folder) ?? []) {
      const circle = search(next, [...path, folder]);
      if (circle) return circle;
    }
    done.add(folder);
    return undefined;
  }
  for (const folder of imports.keys()) {
    const circle = search(folder, []);
    if (circle) return circle;
  }
  return undefined;
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, "..");
  const circle = findCircle(readFolderImports(root, ["src", "local", "ops", "cli", "diagnosis"]));
  if (circle) {
    process.stderr.write(`These folders import from each other: ${circle.join(" → ")}\n`);
    process.exitCode = 1;
  }
}
