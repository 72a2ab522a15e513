/** How often something random is tried: little in `npm test`, as much as it takes in `npm run test:long`. */
export function count(short: number, long: number): number {
  return process.env["MODE"] === "long" ? long : short;
}
