import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { count } from "../../support/counts.ts";
import { createDeliveryReader, useEmulator } from "./emulatorUnderTest.ts";
import { atomEntry, callHub } from "./hubClient.ts";

const emulator = useEmulator();
const newDeliveries = createDeliveryReader();

const tags = ["red", "user:1", "A.b-c", "#4@x"] as const;
type Tag = (typeof tags)[number];

/** One device for each subset of these tags. */
const devices = Array.from({ length: 2 ** tags.length }, (_, bits) => ({
  handle: `DEVICE-${bits}`,
  tags: tags.filter((_tag, i) => (bits >> i) % 2 === 1),
}));

beforeAll(async () => {
  for (const device of devices) {
    const members = `<Tags>${device.tags.join(",")}</Tags><FcmV1RegistrationId>${device.handle}</FcmV1RegistrationId>`;
    await callHub(emulator(), "POST", "/registrations", { body: atomEntry("FcmV1", members) });
  }
});

async function send(expression: string): Promise<number> {
  const { status } = await callHub(emulator(), "POST", "/messages", {
    headers: {
      "servicebusnotification-format": "fcmv1",
      "servicebusnotification-tags": expression,
    },
    body: `{"message":{}}`,
  });
  return status;
}

/** Sends a notification and returns the handles of the devices that it reached, sorted. */
async function reached(expression: string): Promise<string[]> {
  await newDeliveries(emulator().url);
  expect(await send(expression)).toBe(201);
  const deliveries = await newDeliveries(emulator().url);
  return deliveries.map(({ handle }) => handle).sort();
}

/** A generated expression: its text, and whether it matches a set of tags. */
interface Made {
  readonly text: string;
  /** How tightly its outermost operator binds. */
  readonly strength: number;
  readonly size: number;
  readonly says: (tags: readonly Tag[]) => boolean;
}

const leaf: fc.Arbitrary<Made> = fc
  .tuple(fc.constantFrom(...tags), fc.boolean())
  .map(([tag, shout]) => ({
    text: shout ? tag.toUpperCase() : tag,
    strength: 4,
    size: 1,
    says: (has) => has.includes(tag),
  }));

const { expression } = fc.letrec<{ expression: Made }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small" },
    leaf,
    unary(tie("expression")),
    binary(tie("expression")),
  ),
}));

/** Adds parentheses if the expression needs them in this place, or if `always` is set. */
function within(strength: number, made: Made, always: boolean): string {
  return always || made.strength < strength ? `( ${made.text})` : made.text;
}

function unary(operand: fc.Arbitrary<Made>): fc.Arbitrary<Made> {
  return fc.tuple(operand, fc.boolean()).map(([made, wrap]) => ({
    text: `!${within(3, made, wrap)}`,
    strength: 3,
    size: made.size,
    says: (has) => !made.says(has),
  }));
}

function binary(operand: fc.Arbitrary<Made>): fc.Arbitrary<Made> {
  return fc
    .tuple(operand, operand, fc.boolean(), fc.boolean(), fc.constantFrom("", " "))
    .map(([left, right, conjunction, wrap, space]) => {
      const strength = conjunction ? 2 : 1;
      const operator = `${space}${conjunction ? "&&" : "||"}${space}`;
      return {
        text: `${within(strength, left, wrap)}${operator}${within(strength, right, wrap)}`,
        strength,
        size: left.size + right.size,
        says: (has) =>
          conjunction ? left.says(has) && right.says(has) : left.says(has) || right.says(has),
      };
    });
}

test("a send reaches exactly the devices whose tags match the expression", async () => {
  const small = expression.filter(({ size }) => size <= 6);
  await fc.assert(
    fc.asyncProperty(small, async ({ text, says }) => {
      const expected = devices.filter((device) => says(device.tags)).map(({ handle }) => handle);
      expect(await reached(text)).toEqual(expected.sort());
    }),
    { numRuns: count(150, 2_000) },
  );
});

/** Whether a text of tags `t` and operators is an expression: it can be reduced step by step to `t`. */
function isExpression(text: string): boolean {
  let left = text.replaceAll(/t+/g, "t");
  for (let before = ""; before !== left; ) {
    before = left;
    left = left.replace(/!t|\(t\)|t&&t|t\|\|t/, "t");
  }
  return left === "t";
}

test("refuses exactly the texts that are not expressions", async () => {
  const token = fc.constantFrom("t", "t", "t", "!", "(", ")", "&&", "||");
  await fc.assert(
    fc.asyncProperty(fc.array(token, { minLength: 1, maxLength: 9 }), async (tokens) => {
      const text = tokens.join("");
      expect(await send(text)).toBe(isExpression(text) ? 201 : 400);
    }),
    { numRuns: count(300, 2_000) },
  );
});

test("accepts as many tags as the service allows", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `t${i}`);
  expect(await send(names.join("||"))).toBe(201);
  expect(await send(names.slice(0, 6).join("&&"))).toBe(201);
  expect(await send(`!(${names.slice(0, 6).join("||")})`)).toBe(201);
  expect(await send("t".repeat(120))).toBe(201);
});

test("a send without an expression reaches every device", async () => {
  await newDeliveries(emulator().url);
  await callHub(emulator(), "POST", "/messages", {
    headers: { "servicebusnotification-format": "fcmv1" },
    body: `{"message":{}}`,
  });
  expect(await newDeliveries(emulator().url)).toHaveLength(devices.length);
});
