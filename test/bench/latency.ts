import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bench, median } from "./figures.ts";
import { load } from "./load.ts";
import { root, startProgram } from "./processes.ts";
import { insertOf, withApp } from "./withApp.ts";

const file = "docs/insert-latency.svg";

interface Point {
  readonly connections: number;
  readonly perSecond: number;
  readonly milliseconds: number;
}

/** Plots the median of an insert against the load, for the app and the floor, into docs/insert-latency.svg. */
export const benchLatency: Bench = ({ quick, progress }) =>
  withApp(async ({ cloud, app, token }) => {
    const floor = await startProgram("floor.ts", [], { ...process.env, ...cloud.settings });
    try {
      const points: Record<"app" | "floor", Point[]> = { app: [], floor: [] };
      const count = quick ? 200 : 1_500;
      for (const connections of [20, 20, 1, 2, 4, 8, 16, 32, 64]) {
        for (const [name, server] of [
          ["app", app],
          ["floor", floor],
        ] as const) {
          progress(`latency: ${connections} connections`);
          const round = await load(
            server,
            connections,
            count,
            (index) => insertOf(token, index),
            201,
            cloud.settled,
          );
          const point = {
            connections,
            perSecond: round.perSecond,
            milliseconds: median(round.times),
          };
          // The first rounds warm up.
          if (connections !== 20) points[name].push(point);
        }
      }
      await writeFile(join(root, file), plot(points));
      return { figures: {}, lines: [`The latency of inserts against the load is in ${file}.`] };
    } finally {
      await floor.stop();
    }
  });

const [width, height, left, bottom, top] = [720, 400, 60, 350, 40];

function plot(points: Readonly<Record<"app" | "floor", readonly Point[]>>): string {
  const all = [...points.app, ...points.floor];
  const most = Math.max(...all.map(({ perSecond }) => perSecond)) * 1.1;
  const slowest = Math.max(...all.map(({ milliseconds }) => milliseconds));
  const x = (perSecond: number) => left + (perSecond / most) * (width - left - 30);
  // Logarithmic, from 1 ms.
  const y = (milliseconds: number) =>
    bottom - (Math.log10(Math.max(milliseconds, 1)) / Math.log10(slowest * 1.2)) * (bottom - top);
  const grid = [1, 2, 5, 10, 20, 50, 100, 200].filter((value) => value <= slowest * 1.2);
  const step = 10 ** Math.floor(Math.log10(most / 3));
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  const line = (name: "app" | "floor", colour: string) => {
    const dots = points[name].map(({ connections, perSecond, milliseconds }) => {
      const [cx, cy] = [x(perSecond).toFixed(1), y(milliseconds).toFixed(1)];
      return `<circle cx="${cx}" cy="${cy}" r="3.5"><title>${name}, ${connections} connections: ${perSecond.toFixed(0)} a second, ${milliseconds.toFixed(1)} ms</title></circle>`;
    });
    const path = points[name]
      .map(
        ({ perSecond, milliseconds }) => `${x(perSecond).toFixed(1)},${y(milliseconds).toFixed(1)}`,
      )
      .join(" ");
    return `<g fill="${colour}" stroke="${colour}"><polyline fill="none" stroke-width="2" points="${path}"/>${dots.join("")}</g>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>The median of an insert against the load</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${left}" y="20" font-size="14">Median of an insert against the load, 1 to 64 connections</text>
<g stroke="#ddd" fill="#444">${grid
    .map(
      (value) =>
        `<line x1="${left}" x2="${width - 30}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text stroke="none" x="${left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value} ms</text>`,
    )
    .join("")}${ticks
    .map(
      (value) =>
        `<text stroke="none" x="${x(value).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${value}</text>`,
    )
    .join("")}</g>
<text x="${width - 30}" y="${bottom + 36}" text-anchor="end" fill="#444">inserts a second</text>
${line("app", "#c0392b")}
${line("floor", "#2c7fb8")}
<text x="${left + 12}" y="${top + 10}" fill="#c0392b">the app, in the local host</text>
<text x="${left + 12}" y="${top + 26}" fill="#2c7fb8">the floor: the same six exchanges, by hand</text>
</svg>
`;
}
