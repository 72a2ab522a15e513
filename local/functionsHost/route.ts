/** Returns the values of a route's parameters, or `undefined` if a decoded path does not match the route. */
export type MatchRoute = (path: string) => Readonly<Record<string, string>> | undefined;

/**
 * Parses a route template of the Functions host: literal segments, `{name}`, and `{name?}` or `{*rest}` at
 * the end. Matching ignores case.
 *
 * @throws an Error for segments that this host does not support: constraints, defaults and mixed segments
 */
export function readRoute(template: string): MatchRoute {
  const segments = template.split("/").filter((segment) => segment !== "");
  const pattern = segments.map((segment, index) => segmentPattern(segment, index, segments.length));
  const expression = new RegExp(`^${pattern.join("")}/?$`, "i");
  return (path) => {
    const groups = expression.exec(path)?.groups;
    if (!groups) return expression.test(path) ? {} : undefined;
    return Object.fromEntries(
      Object.entries(groups).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
  };
}

function segmentPattern(segment: string, index: number, count: number): string {
  const [, star, name, optional] = /^\{(\*?)([A-Za-z_]\w*)(\??)\}$/.exec(segment) ?? [];
  if (name === undefined) {
    if (/[{}]/.test(segment)) {
      throw new Error(`The route segment "${segment}" has a form that this host does not support.`);
    }
    return `/${segment.replace(/[.*+?^$()|[\]\\]/g, "\\$&")}`;
  }
  if ((star || optional) && index !== count - 1) {
    throw new Error(`The route segment "${segment}" must be at the end of the route.`);
  }
  if (star) return `(?:/(?<${name}>.*))?`;
  return optional ? `(?:/(?<${name}>[^/]+))?` : `/(?<${name}>[^/]+)`;
}

/** Decodes a path like Kestrel, which does not decode an encoded slash, and resolves the segments `.` and `..`. */
export function decodePath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/").slice(1)) {
    const text = segment
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : decoded(part)))
      .join("");
    if (text === "..") segments.pop();
    else if (text !== ".") segments.push(text);
  }
  return `/${segments.join("/")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
