import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sentences } from "./sentences.ts";
import { trackedFiles } from "./trackedFiles.ts";

const root = join(import.meta.dirname, "../..");

/** Words and phrases that a reader whose second language is English stumbles over. */
const bannedWords = [
  "all the while",
  "anew",
  "as it is",
  "at hand",
  "by half",
  "come thick",
  "comes thick",
  "lie on",
  "lie there",
  "lies on",
  "lies there",
  "mend",
  "mends",
  "nobody",
  "of late",
  "out of reach",
  "somebody",
  "what is there",
  "whoever",
];

/** Text files that a person reads: code, in which names count too, and documents. */
const read = /\.(ts|mjs|cjs|bicep|bicepparam|ya?ml|json|example|md)$|^\.ci\/run$/;

const exempt = new Set(["package-lock.json", "test/repository/english.test.ts"]);

test("no banned word is in the code or in a document", async () => {
  const pattern = new RegExp(
    `\\b(${bannedWords.join("|").replaceAll(" ", "\\s+(?:\\* )?")})\\b`,
    "gi",
  );
  const found: string[] = [];
  for (const file of trackedFiles().filter((name) => read.test(name) && !exempt.has(name))) {
    const text = await readFile(join(root, file), "utf8");
    for (const { index, 0: word } of text.matchAll(pattern)) {
      found.push(`${file}:${text.slice(0, index).split("\n").length}: ${word}`);
    }
  }
  expect(found).toEqual([]);
});

test("a seed draws the same 40 sentences again, and another seed other ones", async () => {
  const draw = (seed: string) =>
    execFileSync(process.execPath, ["test/repository/drawSentences.ts", seed], {
      cwd: root,
      encoding: "utf8",
    });
  const first = draw("1");
  expect(first.match(/^\S+:\d+$/gm)).toHaveLength(40);
  expect(draw("1")).toBe(first);
  expect(draw("2")).not.toBe(first);
  expect((await sentences()).length).toBeGreaterThan(500);
});
