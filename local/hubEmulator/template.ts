import { isJsonObject, parseJson } from "./json.ts";
import type { Template } from "./registration.ts";
import type { PlatformName } from "./registrationKinds.ts";
import { evaluatePart, parseTemplateText, type TemplatePart } from "./templateExpression.ts";
import { parseXml } from "./xml.ts";

/** A body template's format decides where expressions may stand and how their values are escaped. */
type Format = "xml" | "json" | "text";

/** Where a piece of a body is, which decides how a value is written there. */
interface Piece {
  readonly place: "jsonString" | "xml" | "cdata" | "plain" | "fixed";
  /** As written, of a JSON string without its quotes and escapes. */
  readonly text: string;
}

/** What the regular expression in Microsoft's description of `#(name)` calls a number. */
const jsonNumber = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** What is wrong with a template that a client wants to register, or undefined. */
export function templateFault(platform: PlatformName, template: Template): string | undefined {
  const { body } = template;
  if (body === "") return "BodyTemplate is missing or empty";
  const format = formatOf(body);
  if (platform !== "wns" && platform !== "browser" && format !== "json") {
    return "The body template must be a JSON object";
  }
  if (format === "xml") {
    const parsed = parseXml(body);
    if (parsed.kind === "malformed") return `The body template is not XML: ${parsed.detail}`;
  }
  const texts = piecesOf(body, format).flatMap(({ place, text }) =>
    place === "fixed" ? [] : text,
  );
  const more = [template.expiry ?? "", ...Object.values(template.headers)];
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

/** What a device is to get of a template notification. */
export interface Rendered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param properties by name in lower case */
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
  return {
    headers: Number.isNaN(expiry)
      ? headers
      : { "apns-expiration": String(Math.floor(expiry / 1_000)), ...headers },
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
      // The end of a section may be put together out of two values.
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

/** A template that was accepted has valid expressions only. */
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

/** A string of JSON, and whether it is the name of a member. */
const jsonStringToken = /"(?:[^"\\]|\\.)*"(\s*:)?/g;
const xmlSection = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g;

/** Cuts a body into the places where expressions may stand and the rest, which stays to the letter. */
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
