import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as v from "valibot";
import { type Bench, median } from "./figures.ts";
import { load } from "./load.ts";
import { root } from "./processes.ts";
import { insertOf, withApp } from "./withApp.ts";

const file = "docs/insert-flame.svg";

const profileSchema = v.object({
  nodes: v.array(
    v.object({
      id: v.number(),
      callFrame: v.object({
        functionName: v.string(),
        url: v.string(),
        lineNumber: v.number(),
        columnNumber: v.number(),
      }),
      children: v.optional(v.array(v.number()), []),
    }),
  ),
  samples: v.array(v.number()),
  timeDeltas: v.array(v.number()),
});
type Profile = v.InferOutput<typeof profileSchema>;

/** A part of the flame graph: a function with the time in it and in what it calls, in microseconds. */
interface Frame {
  readonly name: string;
  readonly part: string;
  time: number;
  readonly children: Map<string, Frame>;
}

/** Profiles inserts and draws where the processor time goes into docs/insert-flame.svg. */
export const benchFlame: Bench = async ({ quick, progress }) => {
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  try {
    progress("flame: profiling");
    const times = await withApp(
      async ({ cloud, app, token }) => {
        const round = await load(
          app,
          20,
          quick ? 500 : 10_000,
          (index) => insertOf(token, index),
          201,
          cloud.settled,
        );
        return round.times;
      },
      { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` },
    );
    const [name = ""] = await readdir(folder);
    const profile = v.parse(profileSchema, JSON.parse(await readFile(join(folder, name), "utf8")));
    const flame = await fold(profile);
    await writeFile(join(root, file), draw(flame));
    const shares = [...byPart(flame)].sort(([, a], [, b]) => b - a).slice(0, 12);
    return {
      figures: {},
      lines: [
        `The flame graph of an insert (median ${median(times).toFixed(1)} ms while profiled) is in ${file}.`,
        ...shares.map(
          ([part, time]) => `  ${((time / flame.time) * 100).toFixed(1).padStart(5)} %  ${part}`,
        ),
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** Adds the samples up into a tree of functions, without the time in which the process was idle. */
async function fold(profile: Profile): Promise<Frame> {
  const maps = new Map<string, SourceMap>();
  for (const name of await readdir(join(root, "dist/source-maps"))) {
    const text = await readFile(join(root, "dist/source-maps", name), "utf8");
    maps.set(name.replace(/\.map$/, ""), new SourceMap(JSON.parse(text)));
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children }) => children.map((child) => [child, id])),
  );
  const parts = new Map(profile.nodes.map(({ id, callFrame }) => [id, partOf(callFrame, maps)]));
  const all: Frame = { name: "all", part: "all", time: 0, children: new Map() };
  for (const [index, sample] of profile.samples.entries()) {
    const node = nodes.get(sample);
    if (node === undefined || ["(idle)", "(root)"].includes(node.callFrame.functionName)) continue;
    const time = profile.timeDeltas[index] ?? 0;
    const stack: number[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id))
      stack.unshift(id);
    let frame = all;
    frame.time += time;
    for (const id of stack.slice(1)) {
      const part = parts.get(id) ?? "";
      const name = nodes.get(id)?.callFrame.functionName || "(anonymous)";
      const key = `${part} ${name}`;
      const next = frame.children.get(key) ?? { name, part, time: 0, children: new Map() };
      frame.children.set(key, next);
      next.time += time;
      frame = next;
    }
  }
  return all;
}

/** Returns the package, the folder of this project or the part of Node that a function belongs to. */
function partOf(
  { url, lineNumber, columnNumber }: Profile["nodes"][number]["callFrame"],
  maps: ReadonlyMap<string, SourceMap>,
): string {
  if (url.startsWith("node:")) return "Node";
  if (url.startsWith("wasm:")) return "undici";
  if (url === "") return "V8 and system calls";
  const entry = maps.get(basename(url))?.findEntry(lineNumber, columnNumber);
  const source = entry && "originalSource" in entry ? entry.originalSource : url;
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
  if (installed !== undefined) return installed;
  if (source.includes("/local/")) return "local host";
  const own =
    /\/src\/(?:auth|delivery|forgetting|functions|http|hub|messages|odata|registration|rows|settings|storage|tables)\//;
  // The map of @azure/functions names its own sources src/, too.
  return own.test(source) || /\/src\/(?:main|features|user)\.ts$/.test(source)
    ? "this app"
    : "@azure/functions";
}

/** Returns the time in the functions of each part themselves. */
function byPart(frame: Frame, times = new Map<string, number>()): Map<string, number> {
  let own = frame.time;
  for (const child of frame.children.values()) {
    own -= child.time;
    byPart(child, times);
  }
  times.set(frame.part, (times.get(frame.part) ?? 0) + own);
  return times;
}

const [width, row, deepest] = [1200, 16, 60];

function draw(all: Frame): string {
  const boxes: string[] = [];
  let depth = 0;
  const add = (frame: Frame, x: number, level: number) => {
    const size = (frame.time / all.time) * width;
    if (size < 1.5 || level > deepest) return;
    depth = Math.max(depth, level);
    const label = `${frame.part}: ${frame.name}`.replace(/[<>&"]/g, "");
    const shown = size > 60 ? label.slice(0, Math.floor(size / 6.2)) : "";
    boxes.push(
      `<g><rect x="${x.toFixed(1)}" y="${level * row}" width="${size.toFixed(1)}" height="${row - 1}" fill="${colourOf(frame.part)}"/><title>${label}, ${((frame.time / all.time) * 100).toFixed(1)} %</title>${shown && `<text x="${(x + 2).toFixed(1)}" y="${level * row + 11}">${shown}</text>`}</g>`,
    );
    let at = x;
    for (const child of frame.children.values()) {
      add(child, at, level + 1);
      at += (child.time / all.time) * width;
    }
  };
  add(all, 0, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${(depth + 1) * row}" font-family="monospace" font-size="10"><title>Where the processor time of inserts goes</title><rect width="100%" height="100%" fill="#fff"/>${boxes.join("")}</svg>\n`;
}

/** Returns a light colour that is always the same for a part. */
function colourOf(part: string): string {
  let sum = 0;
  for (const character of part) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return `hsl(${sum},60%,75%)`;
}
