/** Returns the number of runs of a random test: `short` in `npm test`, `long` in `npm run test:long`. */
export function count(short: number, long: number): number {
  return process.env["MODE"] === "long" ? long : short;
}
