import fc from "fast-check";
import { expect, test } from "vitest";
import { messageXml, readMessageList } from "../../src/storage/queueXml.ts";

const listOf = (messages: string) => `<QueueMessagesList>${messages}</QueueMessagesList>`;

test("reads every text that it wrote", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const [message] = readMessageList(listOf(messageXml(text))) ?? [];
      expect(message?.get("MessageText")).toBe(text);
    }),
  );
});

test("reads lists as storage writes them", () => {
  const declaration = '\uFEFF<?xml version="1.0" encoding="utf-8"?>';
  const elements = "<MessageId>m</MessageId><PopReceipt>a+/=</PopReceipt><MessageText />";
  const message = new Map([
    ["MessageId", "m"],
    ["PopReceipt", "a+/="],
    ["MessageText", ""],
  ]);
  const one = `<QueueMessage>\n  ${elements}\n</QueueMessage>\n`;
  for (const before of ["", declaration, `${declaration}\n`]) {
    expect(readMessageList(`${before}<QueueMessagesList />`)).toEqual([]);
    expect(readMessageList(before + listOf(""))).toEqual([]);
    expect(readMessageList(`${before}${listOf(one + one)}\n`)).toEqual([message, message]);
  }
  const [escaped] =
    readMessageList(
      listOf("<QueueMessage><A>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</A></QueueMessage>"),
    ) ?? [];
  expect(escaped?.get("A")).toBe("<>&\"'A😀");
});

test.each([
  "",
  "{}",
  "<html><body>Sign in</body></html>",
  "<QueueMessagesList>",
  "<QueueMessagesList></QueueMessagesList",
  "<QueueMessagesList/><QueueMessagesList/>",
  listOf("<QueueMessage><A>x</A>"),
  listOf("<QueueMessage><A>x</B></QueueMessage>"),
  listOf("<QueueMessage><A><B>x</B></A></QueueMessage>"),
  listOf("<QueueMessage><A>&nbsp;</A></QueueMessage>"),
  listOf("<QueueMessage><A>a & b</A></QueueMessage>"),
  listOf("<QueueMessage><A>&#x110000;</A></QueueMessage>"),
  listOf("<Other/>"),
  `${listOf("")}<p>`,
  `<!DOCTYPE x [<!ENTITY a "b">]>${listOf("")}`,
])("takes %j for no list", (text) => {
  expect(readMessageList(text)).toBeUndefined();
});

test("takes no text that is cut for a list", () => {
  const whole = listOf("<QueueMessage><A>x &amp; y</A><B/></QueueMessage>");
  for (let length = 0; length < whole.length; length++) {
    expect(readMessageList(whole.slice(0, length))).toBeUndefined();
  }
});
