import * as fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { expect, test } from "vitest";
import { count } from "../../support/counts.ts";
import { createDeliveryReader, useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub } from "./hubClient.ts";

const emulator = useEmulator();
const newDeliveries = createDeliveryReader();

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes a template registration, sends properties to it, and returns what its device received. */
async function send(entry: string, properties: Readonly<Record<string, unknown>>): Promise<Sent> {
  const hub = emulator();
  const created = await callHub(hub, "PUT", "/registrations/1-1-1", { body: entry });
  expect(created.status, await created.text()).toBe(200);
  await callHub(hub, "POST", "/messages", {
    headers: { "servicebusnotification-format": "template" },
    body: JSON.stringify(properties),
  });
  const [delivery] = await newDeliveries(hub.url);
  if (delivery === undefined) throw new Error("Nothing was delivered.");
  return delivery;
}

function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}

function forAndroid(bodyTemplate: string, more = ""): string {
  const members = `${more}<GcmRegistrationId>g</GcmRegistrationId><BodyTemplate>${cdata(bodyTemplate)}</BodyTemplate>`;
  return atomEntry("GcmTemplate", members);
}

function forWindows(bodyTemplate: string): string {
  const type = "<WnsHeader><Header>X-WNS-Type</Header><Value>wns/toast</Value></WnsHeader>";
  const members = `<ChannelUri>u</ChannelUri><BodyTemplate>${cdata(bodyTemplate)}</BodyTemplate><WnsHeaders>${type}</WnsHeaders>`;
  return atomEntry("WindowsTemplate", members);
}

async function rendered(template: string, properties: Record<string, unknown>): Promise<unknown> {
  const { body } = await send(forAndroid(JSON.stringify({ x: template })), properties);
  return JSON.parse(body).x;
}

/** A generated piece of a template: its text, and the text that it becomes. */
interface Piece {
  readonly text: string;
  readonly becomes: string;
}

const names = ["title", "Body", "x_1"] as const;
// Only characters that XML allows, many of which need escaping, and no lone surrogates.
const value = fc.string({
  unit: fc.constantFrom(
    "a",
    "Z",
    " ",
    "é",
    "😀",
    "<",
    ">",
    "&",
    '"',
    "'",
    "\\",
    "/",
    "%",
    "]]>",
    "$(",
    "{",
  ),
  maxLength: 12,
});
const plain = fc.string({
  unit: fc.constantFrom("a", "Z", " ", "é", "😀", "-", ")", "+"),
  maxLength: 6,
});
const properties = fc.record({ title: value, Body: value, x_1: value });

/** Clips a text as documented. An independent implementation, which adds character by character. */
function clipped(text: string, length: number): string {
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length > length) break;
    kept += character;
  }
  return kept;
}

function dotted(text: string, length: number): string {
  if (text.length <= length) return text;
  return length < 3 ? ".".repeat(length) : `${clipped(text, length - 3)}...`;
}

function expressionOf(values: Readonly<Record<string, string>>): fc.Arbitrary<Piece> {
  return fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom("$", "$n", ".", "%", "#"),
      fc.nat(14),
      fc.boolean(),
    )
    .map(([name, sort, length, shout]) => {
      const known = values[name] ?? "";
      const written = shout ? name.toUpperCase() : name;
      switch (sort) {
        case "$n":
          return { text: `$(${written}, ${length})`, becomes: clipped(known, length) };
        case ".":
          return { text: `.(${written},${length})`, becomes: dotted(known, length) };
        case "%":
          return { text: `%(${written})`, becomes: encodeURIComponent(known) };
        default:
          return { text: `${sort}(${written})`, becomes: known };
      }
    });
}

function templateOf(values: Readonly<Record<string, string>>): fc.Arbitrary<Piece> {
  const expression = expressionOf(values);
  const literal = plain.map((text) => ({ text, becomes: text }));
  const quoted = plain.map((text) => ({ text: `'${text}'`, becomes: text }));
  const concatenation = fc
    .array(fc.oneof(expression, quoted), { minLength: 1, maxLength: 4 })
    .map((parts) => ({
      text: `{ ${parts.map(({ text }) => text).join(" + ")} }`,
      becomes: parts.map(({ becomes }) => becomes).join(""),
    }));
  return fc.array(fc.oneof(literal, expression, concatenation), { maxLength: 5 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(""),
    becomes: parts.map(({ becomes }) => becomes).join(""),
  }));
}

const made = properties.chain((values) =>
  fc.record({ values: fc.constant(values), template: templateOf(values) }),
);

test("renders the expressions of a JSON template, escaped for JSON", async () => {
  await fc.assert(
    fc.asyncProperty(made, async ({ values, template }) => {
      // A lone #() may become a number, which has its own test.
      fc.pre(!/^#\([^)]*\)$/.test(template.text));
      expect(await rendered(template.text, values)).toBe(template.becomes);
    }),
    { numRuns: count(120, 2_000) },
  );
});

test("renders the expressions of an XML template, escaped for text and for attributes", async () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    trimValues: false,
    parseTagValue: false,
    parseAttributeValue: false,
  });
  await fc.assert(
    fc.asyncProperty(made, async ({ values, template }) => {
      const body = `<toast a="${template.text}"><b>.${template.text}</b><c><![CDATA[.${template.text}]]></c></toast>`;
      const sent = await send(forWindows(body), values);
      const { toast } = parser.parse(sent.body);
      expect(toast["@_a"]).toBe(template.becomes);
      expect(toast.b).toBe(`.${template.becomes}`);
      expect(toast.c).toBe(`.${template.becomes}`);
    }),
    { numRuns: count(120, 2_000) },
  );
});

test.each([
  ["40", 40],
  ["0.5", 0.5],
  ["1e3", 1000],
  ["007", "007"],
  ["-1", "-1"],
  ["4 ", "4 "],
  ["", ""],
])("renders #(n) with %j as %j", async (text, expected) => {
  expect(await rendered("#(n)", { n: text })).toBe(expected);
});

test("renders #(n) as text beside other text and in braces", async () => {
  expect(await rendered("no. #(n)", { n: "4" })).toBe("no. 4");
  expect(await rendered("{#(n)}", { n: "4" })).toBe("4");
});

test("renders the documentation's own examples as documented", async () => {
  expect(await rendered(".(title, 20)", { title: "This is the title line" })).toBe(
    "This is the title...",
  );
  expect(await rendered("{'Hi, ' + $(name)}", { name: "Bo" })).toBe("Hi, Bo");
});

test("two values that together form ]]> do not end a CDATA section", async () => {
  const template = forWindows("<toast><![CDATA[$(a)$(b)]]></toast>");
  const { body } = await send(template, { a: "]]", b: ">" });
  expect(new XMLParser().parse(body)).toEqual({ toast: "]]>" });
});

test("renders an unknown property as an empty text", async () => {
  expect(await rendered("[$(missing)]", {})).toBe("[]");
});

test("accepts numbers, booleans and null as properties", async () => {
  expect(await rendered("$(a) $(b) $(c)", { a: 1, b: true, c: null })).toBe("1 true ");
});

test("push variables supply the properties that the message lacks", async () => {
  const variables = `<PushVariables>{"city":"Oslo","name":"Kari"}</PushVariables>`;
  const template = forAndroid(`{"x":"$(name) in $(CITY)"}`, variables);
  expect((await send(template, { name: "Bo" })).body).toBe(`{"x":"Bo in Oslo"}`);
});

test("keeps the member names, numbers and white space of a template unchanged", async () => {
  const body = `{ "$(x)" : [1.0, true, "$(x)"],\n "b":"{plain} braces" }`;
  const sent = await send(forAndroid(body), { x: "1" });
  expect(sent.body).toBe(`{ "$(x)" : [1.0, true, "1"],\n "b":"{plain} braces" }`);
});

test("renders the expressions in the headers and in the expiry of a template", async () => {
  const header = "<ApnsHeader><Header>Apns-Collapse-Id</Header><Value>$(id)</Value></ApnsHeader>";
  const members = `<DeviceToken>AB</DeviceToken><BodyTemplate>{"aps":{}}</BodyTemplate><Expiry>$(until)</Expiry><ApnsHeaders>${header}</ApnsHeaders>`;
  const sent = await send(atomEntry("AppleTemplate", members), {
    id: "c1",
    until: "2026-01-01T00:00:00Z",
  });
  expect(sent.headers).toEqual({ "apns-collapse-id": "c1", "apns-expiration": "1767225600" });
});
