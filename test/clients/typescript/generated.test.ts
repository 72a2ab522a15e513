import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const client = join(root, "clients/typescript");

test("a check fails if the generated types are stale", async () => {
  const check = (...args: string[]) =>
    run(process.execPath, ["generate.ts", ...args], { cwd: client });
  await expect(check("--check")).resolves.toMatchObject({ stderr: "" });
});

test("another generator takes the contract, and what it makes compiles", async () => {
  // Where Git sees no file: other tests read the files that it sees.
  const cache = join(client, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "generated-"));
  try {
    const generator = join(root, "node_modules/@hey-api/openapi-ts/dist/run.mjs");
    const contract = join(root, "docs/openapi.yaml");
    const hook = ["--import", new URL("olderTypescript.mjs", import.meta.url).href];
    await run(
      process.execPath,
      [...hook, generator, "-i", contract, "-o", join(folder, "api"), "-s"],
      {
        cwd: client,
      },
    );
    expect(await readdir(join(folder, "api"))).toContain("sdk.gen.ts");
    await writeFile(
      join(folder, "use.ts"),
      `import { insertTodoItem, listTodoItems } from "./api/sdk.gen";
export const inserted = await insertTodoItem({ body: { text: "milk" }, baseUrl: "http://127.0.0.1" });
export const text: string | undefined = inserted.data?.text;
export const listed = await listTodoItems({ query: { $top: 5 }, baseUrl: "http://127.0.0.1" });
// @ts-expect-error: an item needs a text
await insertTodoItem({ body: {} });
`,
    );
    const compiler = join(client, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"];
    const modules = ["--module", "esnext", "--moduleResolution", "bundler", "--types", "node"];
    const compiled = run(
      process.execPath,
      [compiler, ...options, ...modules, join(folder, "use.ts")],
      {
        cwd: client,
      },
    );
    await expect(compiled).resolves.toMatchObject({ stdout: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
