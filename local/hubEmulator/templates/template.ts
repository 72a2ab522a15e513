import { isJsonObject, parseJson } from "../formats/json.ts";
import { parseXml } from "../formats/xml.ts";
import { evaluatePart, parseTemplateText, type TemplatePart } from "./templateExpression.ts";

export interface Template {
  readonly body: string;
  readonly name?: string;
  /** A time, or a template expression that returns one. For apns only. */
  readonly expiry?: string;
  /** A number, or a template expression that returns one. For apns only. */
  readonly priority?: string;
  /** A number: 0 for a message, 1 for a notification. For baidu only. */
  readonly messageType?: string;
  /** Headers for the push service. A value may contain template expressions. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The format of a body template. It decides where expressions may occur and how values are escaped. */
type Format = "xml" | "json" | "text";

/** A piece of a body. Its place decides how values are written there. */
interface Piece {
  readonly place: "jsonString" | "xml" | "cdata" | "plain" | "fixed";
  /** The text as written. For a JSON string, the parsed value. */
  readonly text: string;
}

/** The regular expression for a number in Microsoft's description of `#(name)`. */
const jsonNumber = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Returns what is wrong with a template that a client wants to register, or undefined. */
export function templateFault(platform: string, template: Template): string | undefined {
  const { body } = template;
  if (body === "") return "BodyTemplate is missing or empty";
  const format = formatOf(body);
  if (!["wns", "mpns", "browser"].includes(platform) && format !== "json") {
    return "The body template must be a JSON object";
  }
  if (format === "xml") {
    const parsed = parseXml(body);
    if (parsed.kind === "malformed") return `The body template is not XML: ${parsed.detail}`;
  }
  const texts = piecesOf(body, format).flatMap(({ place, text }) =>
    place === "fixed" ? [] : text,
  );
  const { expiry = "", priority = "", headers } = template;
  const more = [expiry, priority, ...Object.values(headers)];
  for (const text of [...texts, ...more]) {
    const parsed = parseTemplateText(text);
    if (parsed.kind === "malformed") return parsed.detail;
  }
  return undefined;
}

function formatOf(body: string): Format {
  if (/^\s*</.test(body)) return "xml";
  return isJsonObject(parseJson(body)) ? "json" : "text";
}

/** A template notification, rendered for one device. */
export interface Rendered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param properties keyed by name in lower case */
export function renderTemplate(
  template: Template,
  properties: ReadonlyMap<string, string>,
): Rendered {
  const plain = (text: string): string => render(text, properties, (value) => value);
  const body = piecesOf(template.body, formatOf(template.body))
    .map((piece) => renderPiece(piece, properties))
    .join("");
  const headers = Object.fromEntries(
    Object.entries(template.headers).map(([name, value]) => [name.toLowerCase(), plain(value)]),
  );
  const expiry = Date.parse(plain(template.expiry ?? ""));
  const priority = plain(template.priority ?? "");
  return {
    headers: {
      ...(!Number.isNaN(expiry) && { "apns-expiration": String(Math.floor(expiry / 1_000)) }),
      ...(priority !== "" && { "apns-priority": priority }),
      ...headers,
    },
    body,
  };
}

function renderPiece({ place, text }: Piece, properties: ReadonlyMap<string, string>): string {
  switch (place) {
    case "fixed":
      return text;
    case "plain":
      return render(text, properties, (value) => value);
    case "xml":
      return render(text, properties, escapeXml);
    case "cdata":
      // Two adjacent values can form the end of a section together.
      return render(text, properties, (value) => value).replaceAll("]]>", "]]]]><![CDATA[>");
    case "jsonString": {
      const parts = partsOf(text);
      const [only, second] = parts;
      const value = parts.map((part) => evaluatePart(part, properties, (v) => v)).join("");
      const isNumber =
        only?.kind === "property" &&
        only.sigil === "#" &&
        second === undefined &&
        !text.startsWith("{") &&
        jsonNumber.test(value);
      return isNumber ? value : JSON.stringify(value);
    }
  }
}

function render(
  text: string,
  properties: ReadonlyMap<string, string>,
  escapeValue: (value: string) => string,
): string {
  return partsOf(text)
    .map((part) => evaluatePart(part, properties, escapeValue))
    .join("");
}

/** Parses the text of an accepted template, whose expressions are always valid. */
function partsOf(text: string): readonly TemplatePart[] {
  const parsed = parseTemplateText(text);
  return parsed.kind === "parts" ? parsed.parts : [];
}

function escapeXml(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}

/** Matches a JSON string. The group is set if the string is the name of a member. */
const jsonStringToken = /"(?:[^"\\]|\\.)*"(\s*:)?/g;
const xmlSection = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g;

/** Splits a body into pieces that may contain expressions and the rest, which stays unchanged. */
function piecesOf(body: string, format: Format): Piece[] {
  switch (format) {
    case "text":
      return [{ place: "plain", text: body }];
    case "json":
      return split(body, jsonStringToken, "fixed", (match) => {
        const [token, member] = match;
        if (member !== undefined) return [{ place: "fixed", text: token }];
        return [{ place: "jsonString", text: String(JSON.parse(token)) }];
      });
    case "xml":
      return split(body, xmlSection, "xml", (match) => {
        const [section, cdata] = match;
        if (cdata === undefined) return [{ place: "fixed", text: section }];
        return [
          { place: "fixed", text: "<![CDATA[" },
          { place: "cdata", text: cdata },
          { place: "fixed", text: "]]>" },
        ];
      });
  }
}

function split(
  body: string,
  separator: RegExp,
  between: "fixed" | "xml",
  pieces: (match: RegExpExecArray) => Piece[],
): Piece[] {
  const all: Piece[] = [];
  let position = 0;
  for (const match of body.matchAll(separator)) {
    all.push({ place: between, text: body.slice(position, match.index) }, ...pieces(match));
    position = match.index + match[0].length;
  }
  all.push({ place: between, text: body.slice(position) });
  return all;
}
