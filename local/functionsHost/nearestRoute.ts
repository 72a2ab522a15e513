/** A route, and the methods that it takes. */
interface Route {
  readonly route: string;
  readonly methods: readonly string[];
}

/** The longest path that is compared, in UTF-16 units: the work grows with its length. */
const longestPath = 200;

/**
 * Returns the route that comes nearest to a path, with its methods, or `none`: the one that takes the fewest changed
 * characters. Of equally near ones, one that takes the method.
 */
export function nearestRoute(method: string, path: string, routes: readonly Route[]): string {
  const [nearest] = routes
    .map((one) => ({ ...one, changes: changesTo(one.route, path.slice(0, longestPath)) }))
    .toSorted(
      (one, other) =>
        one.changes - other.changes ||
        Number(other.methods.includes(method)) - Number(one.methods.includes(method)),
    );
  return nearest === undefined ? "none" : `${nearest.methods.join(", ")} ${nearest.route}`;
}

/** Returns how many characters of a path must change until it has a route. A parameter takes any segment. */
function changesTo(route: string, path: string): number {
  const given = path.split("/");
  const wanted = route
    .split("/")
    .map((segment, index) => (segment.startsWith("{") ? (given[index] ?? "x") : segment));
  return distance(wanted.join("/").toLowerCase(), given.join("/").toLowerCase());
}

/** Returns the Levenshtein distance of two texts. */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
    }
    above = current;
  }
  return above[other.length] ?? 0;
}
