import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

/** Unpacks a zip archive into a folder. @returns the names of its files */
export async function unzip(archive: string, folder: string): Promise<string[]> {
  const files = Object.entries(unzipSync(await readFile(archive)));
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return files.map(([name]) => name);
}
