import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trackedFiles } from "./trackedFiles.ts";

/** A doc comment or an error sentence, without its marks. */
export interface Sentence {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const docComment = /\/\*\*(?<comment>.*?)\*\//gs;

/** A string that begins like a sentence, has several words and ends like one. */
const errorSentence = /(?<quote>["`])(?<string>[A-Z$][^"`\n]*? [^"`\n]*? [^"`\n]*?[.?!])\k<quote>/g;

/** Returns every doc comment and error sentence of the code that is not a test. */
export async function sentences(): Promise<readonly Sentence[]> {
  const root = join(import.meta.dirname, "../..");
  const files = trackedFiles().filter(
    (file) => file.endsWith(".ts") && !file.startsWith("test/") && !file.endsWith(".config.ts"),
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const code = await readFile(join(root, file), "utf8");
      return [...code.matchAll(docComment), ...code.matchAll(errorSentence)].map(
        ({ index, groups }) => ({
          file,
          line: code.slice(0, index).split("\n").length,
          text: (groups?.["comment"] ?? groups?.["string"] ?? "")
            .replaceAll(/\s*\n\s*\* ?/g, " ")
            .trim(),
        }),
      );
    }),
  );
  return found.flat();
}
