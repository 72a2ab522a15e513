/** The values of a route's parameters, or `undefined` where a path is not of the route. */
export type MatchRoute = (path: string) => Readonly<Record<string, string>> | undefined;

/**
 * Reads a route template of the Functions host: literal segments, `{name}`, `{name?}` at the end and
 * `{*rest}` at the end, without regard to case.
 *
 * @throws an Error for what this host does not read: constraints, defaults and mixed segments
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
        value === undefined ? [] : [[name, decodeSegment(value)]],
      ),
    );
  };
}

function segmentPattern(segment: string, index: number, count: number): string {
  const [, star, name, optional] = /^\{(\*?)([A-Za-z_]\w*)(\??)\}$/.exec(segment) ?? [];
  if (name === undefined) {
    if (/[{}]/.test(segment)) {
      throw new Error(`The route segment "${segment}" is of a kind that this host does not read.`);
    }
    return `/${segment.replace(/[.*+?^$()|[\]\\]/g, "\\$&")}`;
  }
  if ((star || optional) && index !== count - 1) {
    throw new Error(`The route segment "${segment}" may stand at the end only.`);
  }
  if (star) return `(?:/(?<${name}>.*))?`;
  return optional ? `(?:/(?<${name}>[^/]+))?` : `/(?<${name}>[^/]+)`;
}

/** ASP.NET decodes a path's segments, but leaves an encoded slash as it is. */
function decodeSegment(text: string): string {
  return text
    .split(/(%2f)/i)
    .map((part) => {
      try {
        return /^%2f$/i.test(part) ? part : decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join("");
}
