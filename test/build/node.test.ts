import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { send } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";

const bundle = join(import.meta.dirname, "../../dist/app/main.mjs");

/** Loads the bundle, as a worker does. @returns what went wrong */
function load(node: string, preload = ""): Promise<string> {
  const args = [
    ...(preload === "" ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`]),
    "--input-type=module",
    "--eval",
    `await import(${JSON.stringify(bundle)}).catch(({ message }) => console.log(message));`,
  ];
  return new Promise((resolve) => {
    execFile(node, args, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

const refusal = (version: string) =>
  `This app needs Node 22 or 24, and this is Node ${version}. In Azure, set the runtime version of the app to one of them.\n`;

test.each(["18.20.8", "20.20.2", "21.7.3"])(
  "the app refuses Node %s with one sentence",
  async (version) => {
    const preload = `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
    expect(await load(process.execPath, preload)).toBe(refusal(version));
  },
);

// .ci/run sets OLD_NODE.
const oldNode = process.env["OLD_NODE"];
test.skipIf(oldNode === undefined)("a real older Node refuses the app too", async () => {
  expect(await load(oldNode ?? "")).toMatch(/^This app needs Node 22 or 24, and this is Node \d/);
});

test("the code is checked and bundled for the oldest Node that the app accepts", async () => {
  const read = (file: string) => readFile(join(import.meta.dirname, "../..", file), "utf8");
  const { devDependencies } = JSON.parse(await read("package.json"));
  expect(devDependencies["@types/node"]).toMatch(/^22\./);
  expect(await read("build/bundle.ts")).toContain('target: "node22"');
  expect(await read("src/start.ts")).toContain("const oldestNode = 22;");
});

const stack = useTestStack();

test("the host runs on the Node that HOST_NODE names", async () => {
  expect((await send(stack(), "GET", "/api/health")).status).toBe(200);
  const wanted = process.env["HOST_NODE"]?.includes("node22") ? /Node 22\./ : /Node 2[24]\./;
  expect(stack().log()).toMatch(wanted);
});
