/** A part of a template's text: literal text, or a property to insert. */
export type TemplatePart =
  | { readonly kind: "literal"; readonly text: string }
  | {
      readonly kind: "property";
      /** `$` inserts the value, `.` shortens it with dots, `%` URI-encodes it, `#` makes it a JSON number. */
      readonly sigil: "$" | "." | "%" | "#";
      /** In lower case, because property names ignore case. */
      readonly name: string;
      /** The maximum length, in UTF-16 units. */
      readonly length?: number;
    };

export type ParsedTemplateText =
  | { readonly kind: "parts"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "malformed"; readonly detail: string };

const property = /([$.%#])\(([^(),{}'"]*)(?:,\s*(\d{1,6})\s*)?\)/y;
const literal = /'([^']*)'|"([^"]*)"/y;
const start = /[$.%#]\(|\{\s*(?:['"]|[$.%#]\()/g;
const blank = /\s*/y;

/**
 * Splits a text into literal text and the expressions of the template language: `$(name)`, `$(name, n)`,
 * `.(name, n)`, `%(name)`, `#(name)`, and `{…}` around literals and these expressions, joined by `+`. Source:
 * https://learn.microsoft.com/azure/notification-hubs/notification-hubs-templates-cross-platform-push-messages
 */
export function parseTemplateText(text: string): ParsedTemplateText {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (true) {
    start.lastIndex = position;
    const next = start.exec(text);
    if (next === null) break;
    if (next.index > position)
      parts.push({ kind: "literal", text: text.slice(position, next.index) });
    const read =
      text[next.index] === "{"
        ? readConcatenation(text, next.index)
        : readProperty(text, next.index);
    if (read === undefined) {
      return { kind: "malformed", detail: "The body template holds an invalid expression" };
    }
    parts.push(...read.parts);
    position = read.end;
  }
  if (position < text.length) parts.push({ kind: "literal", text: text.slice(position) });
  return { kind: "parts", parts };
}

interface Read {
  readonly parts: readonly TemplatePart[];
  readonly end: number;
}

function readProperty(text: string, position: number): Read | undefined {
  property.lastIndex = position;
  const match = property.exec(text);
  const [, sigil, written, digits] = match ?? [];
  const name = written?.trim() ?? "";
  if (name === "") return undefined;
  if (sigil !== "$" && sigil !== "." && sigil !== "%" && sigil !== "#") return undefined;
  // Only `$` and `.` accept a length, and `.` requires one.
  if (sigil === "." ? digits === undefined : sigil !== "$" && digits !== undefined)
    return undefined;
  const length = digits === undefined ? {} : { length: Number(digits) };
  return {
    parts: [{ kind: "property", sigil, name: name.toLowerCase(), ...length }],
    end: property.lastIndex,
  };
}

function readConcatenation(text: string, position: number): Read | undefined {
  const parts: TemplatePart[] = [];
  let end = skipBlanks(text, position + 1);
  while (true) {
    const operand = readLiteral(text, end) ?? readProperty(text, end);
    if (operand === undefined) return undefined;
    parts.push(...operand.parts);
    end = skipBlanks(text, operand.end);
    if (text[end] === "}") return { parts, end: end + 1 };
    if (text[end] !== "+") return undefined;
    end = skipBlanks(text, end + 1);
  }
}

function readLiteral(text: string, position: number): Read | undefined {
  literal.lastIndex = position;
  const match = literal.exec(text);
  if (match === null) return undefined;
  return {
    parts: [{ kind: "literal", text: match[1] ?? match[2] ?? "" }],
    end: literal.lastIndex,
  };
}

function skipBlanks(text: string, position: number): number {
  blank.lastIndex = position;
  blank.exec(text);
  return blank.lastIndex;
}

/** Returns the value of an expression. An unknown property is an empty string. */
export function evaluatePart(
  part: TemplatePart,
  properties: ReadonlyMap<string, string>,
  escapeValue: (value: string) => string,
): string {
  if (part.kind === "literal") return part.text;
  const value = properties.get(part.name) ?? "";
  switch (part.sigil) {
    case "%":
      return escapeValue(encodeURIComponent(value.toWellFormed()));
    case ".":
      return escapeValue(cutWithDots(value, part.length ?? value.length));
    case "$":
    case "#":
      return escapeValue(part.length === undefined ? value : cut(value, part.length));
  }
}

function cutWithDots(text: string, length: number): string {
  if (text.length <= length) return text;
  return length < 3 ? "...".slice(0, length) : `${cut(text, length - 3)}...`;
}

/** Returns the first `length` UTF-16 units, or one fewer so as not to split a surrogate pair. */
function cut(text: string, length: number): string {
  const clipped = text.slice(0, length);
  return clipped.length < text.length && /[\ud800-\udbff]$/.test(clipped)
    ? clipped.slice(0, -1)
    : clipped;
}
