import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** Unpacks a zip archive of deflated files into a folder, by its directory, as deployments do. */
export async function unzip(archive: string, folder: string): Promise<string[]> {
  const bytes = await readFile(archive);
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const names: string[] = [];
  let line = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const name = bytes.toString("utf8", line + 46, line + 46 + bytes.readUInt16LE(line + 28));
    const header = bytes.readUInt32LE(line + 42);
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(line + 20));
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), inflateRawSync(packed));
    names.push(name);
    line += 46 + name.length + bytes.readUInt16LE(line + 30) + bytes.readUInt16LE(line + 32);
  }
  return names;
}
