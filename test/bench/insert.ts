import { type Bench, median, quantile } from "./figures.ts";
import { load, type Round } from "./load.ts";
import { type Server, startProgram } from "./processes.ts";
import { insertOf, withApp } from "./withApp.ts";

/** The rounds that count, and those before, in which V8 optimizes the code. */
const rounds = 5;
const warmUps = 3;

type Name = "app" | "floor" | "bare";

/** What is measured: back to back, and from a user who pauses, so that what goes on behind an answer meets no other insert. */
const loads = [
  { connections: 1, count: 300, pace: 0 },
  { connections: 1, count: 150, pace: 8 },
  { connections: 20, count: 1_500, pace: 0 },
] as const;

/**
 * Inserts over 1 and 20 connections: the app in the local host, the app without it, and the floor, in turns. The floor
 * makes the same six exchanges with undici and hand-made signatures, and answers after the first two, as the app does. A
 * round ends when all is sent.
 */
export const benchInsert: Bench = ({ quick, progress }) =>
  withApp(async ({ cloud, app, token }) => {
    const { settled } = cloud;
    const env = { ...process.env, ...cloud.settings };
    const started: Server[] = [];
    try {
      const floor = await startProgram("floor.ts", [], env);
      started.push(floor);
      const bare = await startProgram("bareHost.ts", [], env);
      started.push(bare);
      const servers: Record<Name, Server> = { app, floor, bare };
      const figures: Record<string, number> = {};
      const lines: string[] = [];
      for (const { connections, count, pace } of loads) {
        const where = pace === 0 ? String(connections) : `${connections} with a pause`;
        const seen = await takeTurns(
          servers,
          { connections, pace, count: count / (quick ? 10 : 1) },
          token,
          settled,
          progress,
        );
        const ratio = (name: Name, figure: (round: Round) => number) =>
          median(
            seen[name].map((round, index) => figure(round) / figure(seen.floor[index] ?? round)),
          );
        const of = (name: Name, figure: (round: Round) => number, digits = 1) =>
          median(seen[name].map(figure)).toFixed(digits);
        const perSecond = ratio("app", (round) => round.perSecond);
        const cpu = ratio("app", (round) => round.cpu);
        const bareCpu = ratio("bare", (round) => round.cpu);
        figures[`inserts a second over ${where}, of the floor's`] = perSecond;
        const first = ratio("app", (round) => median(round.times));
        figures[`median of an insert over ${where}, of the floor's`] = first;
        figures[`CPU an insert over ${where}, of the floor's`] = cpu;
        figures[`CPU an insert over ${where} without the local host, of the floor's`] = bareCpu;
        lines.push(
          `Over ${where}: ${perSecond.toFixed(2)} of the floor's inserts a second (${of("app", (r) => r.perSecond, 0)} against ${of("floor", (r) => r.perSecond, 0)}), ` +
            `${cpu.toFixed(2)} times its CPU (${of("app", (r) => r.cpu, 2)} against ${of("floor", (r) => r.cpu, 2)} ms); ` +
            `without the local host ${ratio("bare", (r) => r.perSecond).toFixed(2)} and ${bareCpu.toFixed(2)}.`,
          `  Median ${first.toFixed(2)} times the floor's: ${of("app", (r) => median(r.times))} against ${of("floor", (r) => median(r.times))} ms (without the local host ${ratio("bare", (r) => median(r.times)).toFixed(2)}), ` +
            `99th percentile ${of("app", (r) => quantile(r.times, 0.99))} against ${of("floor", (r) => quantile(r.times, 0.99))} ms.`,
        );
      }
      return { figures, lines };
    } finally {
      for (const server of started) await server.stop();
    }
  });

/** Loads each server in turn, so that a slow moment of the machine meets all of them. */
async function takeTurns(
  servers: Record<Name, Server>,
  { connections, count, pace }: { connections: number; count: number; pace: number },
  token: string,
  settled: () => Promise<void>,
  progress: (what: string) => void,
): Promise<Record<Name, Round[]>> {
  const seen: Record<Name, Round[]> = { app: [], floor: [], bare: [] };
  for (let round = 1 - warmUps; round <= rounds; round++) {
    progress(`insert: ${connections} connections, round ${round + warmUps} of ${rounds + warmUps}`);
    for (const name of ["app", "floor", "bare"] as const) {
      const result = await load(
        servers[name],
        connections,
        count,
        (index) => insertOf(token, index),
        201,
        settled,
        pace,
      );
      if (round > 0) seen[name].push(result);
    }
  }
  return seen;
}
