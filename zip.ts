import { crc32, deflateRawSync } from "node:zlib";

/** A file of an archive. */
export interface ZipEntry {
  /** Relative, with slashes, in ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** The first day that the format knows, so that the same files make the same archive. */
const date = { time: 0, day: (1 << 5) | 1 };

/**
 * Makes a zip archive of a few files, each under 4 GiB, deflated.
 * The format: https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT, 4.3.
 */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const path = Buffer.from(name, "ascii");
    const packed = deflateRawSync(content, { level: 9 });
    const shared = sharedFields(path, content, packed);
    const file = Buffer.concat([uint32(0x04034b50), shared, path, packed]);
    // Made by UNIX (3), version 2.0; no comment, first disk, binary; a plain file that its owner may write.
    directory.push(
      ...[uint32(0x02014b50), uint16((3 << 8) | 20), shared],
      ...[uint16(0), uint16(0), uint16(0), uint32(0o100644 * 0x10000), uint32(offset), path],
    );
    files.push(file);
    offset += file.length;
  }
  const central = Buffer.concat(directory);
  const count = uint16(entries.length);
  const end = [uint32(0x06054b50), uint16(0), uint16(0), count, count];
  return Buffer.concat([
    ...files,
    central,
    ...end,
    uint32(central.length),
    uint32(offset),
    uint16(0),
  ]);
}

/** What a file's own header and its line in the directory have in common. */
function sharedFields(path: Buffer, content: Uint8Array, packed: Buffer): Buffer {
  return Buffer.concat([
    ...[uint16(20), uint16(0), uint16(8), uint16(date.time), uint16(date.day)],
    ...[uint32(crc32(content)), uint32(packed.length), uint32(content.length)],
    ...[uint16(path.length), uint16(0)],
  ]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
