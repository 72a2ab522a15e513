import { sentences } from "./sentences.ts";

const usage = `npx node test/repository/drawSentences.ts SEED

Prints 40 doc comments and error sentences of the code, drawn at random. The same SEED, a whole number,
draws the same ones. For reviews of the English.`;

const drawn = 40;

/** Returns a generator of numbers from 0 to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const [seed = ""] = process.argv.slice(2);
if (!/^\d{1,9}$/.test(seed)) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
} else {
  const left = [...(await sentences())];
  const random = createRandom(Number(seed));
  for (let count = 0; count < drawn; count++) {
    const [one] = left.splice(Math.floor(random() * left.length), 1);
    if (one) process.stdout.write(`${one.file}:${one.line}\n  ${one.text}\n`);
  }
}
