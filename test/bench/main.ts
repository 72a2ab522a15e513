import { parseArgs } from "node:util";
import { buildApp } from "../../build/bundle.ts";
import { refuseIfNpmKept } from "../../cli/options.ts";
import { benchCold } from "./cold.ts";
import { benchDevices } from "./devices.ts";
import type { Bench } from "./figures.ts";
import { benchFlame } from "./flame.ts";
import { benchHubDown } from "./hubDown.ts";
import { benchInsert } from "./insert.ts";
import { benchLatency } from "./latency.ts";
import { benchList } from "./list.ts";
import { benchMemory } from "./memory.ts";
import { benchRedeliver } from "./redeliver.ts";
import { benchRegister } from "./register.ts";
import { benchSlowHub } from "./slowHub.ts";

const benches: Readonly<Record<string, Bench>> = {
  insert: benchInsert,
  cold: benchCold,
  register: benchRegister,
  redeliver: benchRedeliver,
  list: benchList,
  "hub-down": benchHubDown,
  "slow-hub": benchSlowHub,
  devices: benchDevices,
  memory: benchMemory,
};

/** These draw into docs/, so they run only if they are named. */
const drawings: Readonly<Record<string, Bench>> = { latency: benchLatency, flame: benchFlame };

const usage = `npm run bench -- [NAME …] [--quick] [--json]

Measures the app on this machine, on loopback addresses only, and prints ratios to a reference in the same run. A
benchmark never fails: compare the ratios with those in docs/performance.md. Without a NAME, all run:
${Object.keys(benches).join(", ")}.
${Object.keys(drawings).join(" and ")} draw into docs/, if they are named.

  --quick   small counts: all of them end within a minute, and vary by a fifth
  --json    one JSON object with the ratios, at the end`;

const options = {
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;
refuseIfNpmKept(usage, options);
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const names = positionals.length === 0 ? Object.keys(benches) : positionals;
const unknown = names.filter((name) => !Object.hasOwn({ ...benches, ...drawings }, name));

function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

if (values.help || unknown.length > 0) {
  const reason = unknown.length > 0 ? `There is no benchmark ${unknown.join(", ")}.\n\n` : "";
  process.stdout.write(`${reason}${usage}\n`);
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  await buildApp();
  const found: Record<string, number> = {};
  for (const name of names) {
    const bench = benches[name] ?? drawings[name];
    if (!bench) continue;
    const { figures, lines } = await bench({ quick: values.quick, progress });
    progress("");
    Object.assign(found, figures);
    if (!values.json) process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(found)}\n`);
}
