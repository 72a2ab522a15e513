import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";

export interface XmlElement {
  /** The local name, without a prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The element's own text and CDATA sections, joined, with entities resolved. */
  readonly text: string;
  /** The value of its attribute `type`, with any prefix. .NET names the type of a registration there. */
  readonly type?: string;
}

export type ParsedXml =
  | { readonly kind: "xml"; readonly root: XmlElement }
  | { readonly kind: "malformed"; readonly detail: string };

// Keeps entities as written, because the library accepts invalid ones and the code below checks them.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: "#cdata",
});

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  cdataPropName: "#cdata",
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
});

/** Matches a character that XML 1.0 forbids in a document, even as a reference. */
const forbiddenCharacters = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const everyForbiddenCharacter = new RegExp(forbiddenCharacters, "gu");

const entity = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/g;
const namedEntities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/**
 * Parses one well-formed XML document. Refuses every document type declaration: no client of the service
 * needs one, and its entities can make a small document huge.
 */
export function parseXml(text: string): ParsedXml {
  if (/<!DOCTYPE/i.test(text)) return malformed("a document type declaration is not allowed");
  if (forbiddenCharacters.test(text)) return malformed("it holds a character that XML forbids");
  const validity = XMLValidator.validate(text);
  if (validity !== true) return malformed(validity.err.msg);
  let nodes: unknown;
  try {
    nodes = parser.parse(text);
  } catch (error) {
    // The library limits the depth and refuses names such as `__proto__`.
    return malformed(error instanceof Error ? error.message : "it can't be parsed");
  }
  const content = readContent(nodes);
  if (content.fault !== undefined) return malformed(content.fault);
  const [root, second] = content.children;
  if (root === undefined || second !== undefined || content.text.trim() !== "") {
    return malformed("it must have one root element and no text beside it");
  }
  return { kind: "xml", root };
}

function malformed(detail: string): ParsedXml {
  return { kind: "malformed", detail };
}

/** Returns the value of the attribute `type` of a parsed element. */
function typeOf(node: unknown): string | undefined {
  const attributes = entries(node).find(([name]) => name === ":@")?.[1];
  const found = entries(attributes).find(([name]) => /^(?:\w+:)?type$/.test(name));
  return found && String(found[1]);
}

interface Content {
  readonly children: readonly XmlElement[];
  readonly text: string;
  readonly fault: string | undefined;
}

function readContent(nodes: unknown): Content {
  const children: XmlElement[] = [];
  let text = "";
  let fault: string | undefined;
  for (const node of Array.isArray(nodes) ? nodes : []) {
    const type = typeOf(node);
    for (const [name, value] of entries(node)) {
      if (name === "#text") {
        const resolved = resolveEntities(String(value));
        fault ??= resolved.fault;
        text += resolved.text;
      } else if (name === "#cdata") {
        for (const part of Array.isArray(value) ? value : []) {
          for (const [, section] of entries(part)) text += String(section);
        }
      } else if (name === ":@") {
        for (const [, attribute] of entries(value)) {
          fault ??= resolveEntities(String(attribute)).fault;
        }
      } else if (!name.startsWith("?")) {
        const content = readContent(value);
        fault ??= content.fault;
        children.push({
          name: name.slice(name.indexOf(":") + 1),
          children: content.children,
          text: content.text,
          ...(type !== undefined && { type }),
        });
      }
    }
  }
  return { children, text, fault };
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function resolveEntities(raw: string): { readonly text: string; readonly fault?: string } {
  if (raw.includes("<") || raw.replace(entity, "").includes("&")) {
    return { text: raw, fault: "it holds a bare < or &, or an entity that is not predefined" };
  }
  let fault: string | undefined;
  const text = raw.replace(entity, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return namedEntities[name] ?? "";
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : "\0";
    if (forbiddenCharacters.test(character)) fault = "it refers to a character that XML forbids";
    return character;
  });
  return fault === undefined ? { text } : { text, fault };
}

/**
 * Builds a document. Members are elements, members that begin with `@` are attributes, and `#text` and
 * `#cdata` are content. An undefined member is left out. Characters that XML forbids become U+FFFD.
 */
export function buildXml(document: Readonly<Record<string, unknown>>): string {
  return builder.build(document).replace(everyForbiddenCharacter, "\ufffd");
}

/** Returns the child element with this name, or undefined. */
export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name);
}
