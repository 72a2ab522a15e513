import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { startHostProcess } from "../../local/functionsHost/hostProcess.ts";
import { insert, send, signIn } from "../support/client.ts";
import { type Bench, median } from "./figures.ts";
import { root, startCloud } from "./processes.ts";

/** The load of the bundle, and a fresh process until its first answer, against a program with one hello function. */
export const benchCold: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 5 : 15;
  const hello = await mkdtemp(join(tmpdir(), "hello-"));
  const cloud = await startCloud();
  try {
    await buildHello(hello);
    const env = { ...process.env, ...cloud.settings };
    const loads: Record<"app" | "hello", number[]> = { app: [], hello: [] };
    const firsts: Record<"app" | "hello", number[]> = { app: [], hello: [] };
    const stack = {
      addresses: { ...cloud.addresses, functions: "" },
      log: () => "",
      stop: cloud.stop,
    };
    const token = await signIn(stack, "alice");
    for (let round = 0; round <= rounds; round++) {
      progress(`cold: round ${round} of ${rounds}`);
      for (const [name, folder, file] of [
        ["hello", hello, "dist/app/main.mjs"],
        ["app", root, "dist/app/main.mjs"],
      ] as const) {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [join(import.meta.dirname, "loadTime.ts"), join(folder, file)],
          { env },
        );
        const began = performance.now();
        const host = await startHostProcess({ appDirectory: folder, port: 0, env, log: () => {} });
        const running = { ...stack, addresses: { ...stack.addresses, functions: host.ready.url } };
        const { status } =
          name === "app"
            ? await insert(running, token, { text: "the first of the morning" })
            : await send(running, "GET", "/api/hello");
        const first = performance.now() - began;
        await host.stop();
        if (status >= 300) throw new Error(`The first request of ${name} returned ${status}.`);
        // The first round fills the caches of the file system, and creates the table and the queue.
        if (round > 0) {
          loads[name].push(Number(stdout));
          firsts[name].push(first);
        }
      }
    }
    const load = median(loads.app) / median(loads.hello);
    const first = median(firsts.app) / median(firsts.hello);
    return {
      figures: {
        "load of the bundle, of hello's": load,
        "first answer of a fresh process, of hello's": first,
      },
      lines: [
        `The bundle loads in ${load.toFixed(2)} times what @azure/functions with one function takes (${median(loads.app).toFixed(0)} against ${median(loads.hello).toFixed(0)} ms).`,
        `A fresh process has answered its first insert in ${first.toFixed(2)} times what hello needs for its first answer (${median(firsts.app).toFixed(0)} against ${median(firsts.hello).toFixed(0)} ms).`,
      ],
    };
  } finally {
    await cloud.stop();
    await rm(hello, { recursive: true });
  }
};

/** Builds an app with one function, as the app is built. */
async function buildHello(folder: string): Promise<void> {
  await mkdir(join(folder, "dist/app"), { recursive: true });
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ main: "dist/app/main.mjs", type: "module" }),
  );
  await writeFile(join(folder, "host.json"), JSON.stringify({ version: "2.0" }));
  await build({
    stdin: {
      contents:
        'import { app } from "@azure/functions"; app.http("hello", { methods: ["GET"], authLevel: "anonymous", handler: async () => ({ body: "hello" }) });',
      resolveDir: root,
    },
    outfile: join(folder, "dist/app/main.mjs"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    external: ["@azure/functions-core"],
  });
}
