import { crc32 } from "node:zlib";

/** A picture of an animation and how long it is shown, in milliseconds. */
export interface Frame {
  readonly png: Buffer;
  readonly milliseconds: number;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/**
 * Joins PNG pictures of one size and colour type into an animated PNG, which repeats for ever
 * (https://www.w3.org/TR/png-3/#apng-frame-based-animation).
 */
export function animatedPng(frames: readonly Frame[]): Buffer {
  const chunks = frames.map(({ png }) => chunksOf(png));
  const [first = []] = chunks;
  const header = first.find(({ type }) => type === "IHDR");
  if (header === undefined) throw new Error("There is no picture.");
  const size = header.data.subarray(0, 8);
  let sequence = 0;

  function control(milliseconds: number): Chunk {
    const data = Buffer.alloc(26);
    data.writeUInt32BE(sequence++, 0);
    size.copy(data, 4);
    data.writeUInt16BE(milliseconds, 20);
    data.writeUInt16BE(1_000, 22);
    return { type: "fcTL", data };
  }

  const animation = Buffer.alloc(8);
  animation.writeUInt32BE(frames.length, 0);
  const body = frames.flatMap(({ milliseconds }, i): Chunk[] => {
    const pixels = (chunks[i] ?? []).filter(({ type }) => type === "IDAT");
    const before = control(milliseconds);
    if (i === 0) return [before, ...pixels];
    const later = pixels.map(({ data }) => {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(sequence++);
      return { type: "fdAT", data: Buffer.concat([number, data]) };
    });
    return [before, ...later];
  });
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    ...[
      header,
      { type: "acTL", data: animation },
      ...body,
      { type: "IEND", data: Buffer.alloc(0) },
    ].map(bytesOf),
  ]);
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let position = 8; position < png.length; ) {
    const length = png.readUInt32BE(position);
    const type = png.toString("latin1", position + 4, position + 8);
    chunks.push({ type, data: png.subarray(position + 8, position + 8 + length) });
    position += 12 + length;
  }
  return chunks;
}

function bytesOf({ type, data }: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
