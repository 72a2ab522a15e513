import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  androidPhone,
  deliveries,
  iPhone,
  register,
  send,
  sendMessage,
  setFaults,
  signIn,
  type TestDevice,
  windowsDevice,
} from "../support/client.ts";
import { codePoint } from "../support/codePoint.ts";
import { count } from "../support/counts.ts";
import { heldRegistrations, tagOf, tagOfInstallation } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const stack = useTestStack();

/** The device with a wish for topics. Without one, its request has no such member. */
const wanting = (device: TestDevice, topics?: unknown) => ({
  ...device,
  body: { ...device.body, ...(topics !== undefined && { topics }) },
});

async function registered(user: string, device: TestDevice, topics?: unknown) {
  return register(stack(), await signIn(stack(), user), wanting(device, topics));
}

const textsOn = async ({ handle }: TestDevice) =>
  (await deliveries(stack(), handle)).map(({ body }) => /\w+ news \d+/.exec(body)?.[0]);

/** Returns the topics that a device has in the hub, from its tags. */
async function topicsOf({ handle }: TestDevice): Promise<string[]> {
  const held = (await heldRegistrations(stack())).filter((one) => one.handle === handle);
  expect(held).toHaveLength(1);
  return (held[0]?.tags ?? [])
    .filter((tag) => tag.startsWith("topic:"))
    .map((tag) => tag.slice("topic:".length))
    .toSorted();
}

describe("the tutorial's three categories", () => {
  test("are listed for a signed-in user", async () => {
    const headers = { "x-zumo-auth": await signIn(stack(), "alice") };
    const answer = await send(stack(), "GET", "/api/topics", { headers });
    expect(answer).toMatchObject({
      status: 200,
      body: { topics: ["world", "politics", "sports"] },
    });
  });

  test("each reach exactly their subscribers, once", async () => {
    const devices: [TestDevice, string[] | undefined][] = [
      [iPhone(), ["world"]],
      [androidPhone(), ["world", "sports"]],
      [windowsDevice(), ["sports", "politics", "world"]],
      [androidPhone(), undefined],
    ];
    for (const [index, [device, topics]] of devices.entries()) {
      const answer = await registered(`reader ${index}`, device, topics);
      expect(answer).toMatchObject({ status: 200 });
      expect(Object(answer.body).topics.toSorted()).toEqual((topics ?? []).toSorted());
    }
    for (const topic of ["world", "politics", "sports"]) {
      const message = { to: { topic }, title: "Breaking", text: `${topic} news 1` };
      expect(await sendMessage(stack(), message)).toMatchObject({ status: 202 });
    }
    for (const [device, topics = []] of devices) {
      const expected = topics.map((topic) => `${topic} news 1`);
      expect((await textsOn(device)).toSorted()).toEqual(expected.toSorted());
    }
  });
});

test("a registration is the whole wish: it replaces the topics, and without a wish ends them", async () => {
  const phone = iPhone();
  for (const [topics, expected] of [
    [
      ["world", "sports", "world"],
      ["sports", "world"],
    ],
    [["politics"], ["politics"]],
    [[], []],
    [["world"], ["world"]],
    [undefined, []],
  ] as const) {
    expect(await registered("bob", phone, topics)).toMatchObject({ status: 200 });
    expect(await topicsOf(phone)).toEqual(expected);
  }
});

test("every topic that is not declared is named, and nothing is registered", async () => {
  const phone = iPhone();
  const answer = await registered("bob", phone, ["world", "World", "user:x", 5]);
  expect(answer).toMatchObject({
    status: 400,
    body: {
      errors: [
        { pointer: "#/topics/1", detail: "A topic must be one of world, politics, sports." },
        { pointer: "#/topics/2" },
        { pointer: "#/topics/3" },
      ],
    },
  });
  for (const topics of ["world", { world: true }, Array(58).fill("world"), false, null]) {
    expect(await registered("bob", phone, topics)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "#/topics" }] },
    });
  }
  expect((await heldRegistrations(stack())).map(({ handle }) => handle)).not.toContain(
    phone.handle,
  );
});

test("the topics of a device end with its owner, and with its unregistering", async () => {
  const phone = androidPhone();
  await registered("carol", phone, ["world"]);
  await registered("dave", phone, ["sports"]);
  expect(await topicsOf(phone)).toEqual(["sports"]);
});

/** Texts that resemble topics, tags and tag expressions. */
const lookAlike = fc.oneof(
  fc.constantFrom(
    "world",
    "World",
    "wOrld",
    "world ",
    " world",
    "world,sports",
    "world, user:victim",
    "world || sports",
    "!world",
    "(world)",
    "topic:world",
    "topic:world,sports",
    "wоrld",
    "ｗｏｒｌｄ",
    "world\u0000",
    "world\n",
    "$UserId:{victim}",
    "local:Victim",
    "local:victim ",
    "local:victim,local:attacker",
    "everyone",
    "constructor",
    "__proto__",
    "",
    "-",
    "..",
  ),
  fc.string({ unit: codePoint, maxLength: 70 }),
  fc.stringMatching(/^[a-z0-9,|&!() :-]{1,40}$/),
);

test("nothing that a client writes as a topic, user or installation names anything else", async () => {
  const victim = windowsDevice();
  await registered("victim", victim, ["politics"]);
  const [attacker, token] = [iPhone(), await signIn(stack(), "attacker")];
  const allowed = new Set(["topic:world", "topic:politics", "topic:sports"]);

  await fc.assert(
    fc.asyncProperty(
      fc.array(lookAlike, { maxLength: 4 }),
      lookAlike,
      lookAlike,
      async (topics, user, name) => {
        const registration = await register(stack(), token, wanting(attacker, topics));
        const declared = topics.every((topic) => allowed.has(`topic:${topic}`));
        expect(registration.status).toBe(declared ? 200 : 400);
        const known = [tagOf("attacker"), tagOfInstallation(attacker.installationId)];
        for (const { handle, tags } of await heldRegistrations(stack())) {
          if (handle !== attacker.handle) continue;
          expect(tags.filter((tag) => !known.includes(tag) && !allowed.has(tag))).toEqual([]);
        }

        const before = (await deliveries(stack())).at(-1)?.seq ?? 0;
        const text = { title: "t", text: "for no one" };
        const toUser = { ...text, to: { user: `local:victim${user}` } };
        const toTopic = { ...text, to: { topic: name } };
        const answers = [
          await sendMessage(stack(), toUser),
          await sendMessage(stack(), { ...text, to: { user } }),
          await sendMessage(stack(), { ...text, to: { user: `local:victim,${user}` } }),
          ...(allowed.has(`topic:${name}`) ? [] : [await sendMessage(stack(), toTopic)]),
        ];
        for (const { status } of answers) expect([202, 400]).toContain(status);
        const reached = (await deliveries(stack())).filter(({ seq }) => seq > before);
        // The only text that is the victim's id is the victim's id.
        expect(reached.length).toBe(user === "" ? 1 : 0);
      },
    ),
    { numRuns: count(15, 500) },
  );
});

test("a change of topics under races and lists that lag leaves one registration, with one of the wishes", async () => {
  const phone = androidPhone();
  const token = await signIn(stack(), "erin");
  await register(stack(), token, wanting(phone, ["world"]));
  await setFaults(stack(), { match: { method: "GET", path: "/registrations" }, listLagMs: 500 });
  const wishes = [["world"], ["politics"], ["sports", "world"], []];
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      register(stack(), token, wanting(phone, wishes[index % wishes.length])),
    ),
  );
  await setFaults(stack());
  // A request that gave up before the others let it through says so: it can be repeated.
  for (const { status } of answers) expect([200, 503]).toContain(status);
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  const held = await topicsOf(phone);
  expect(wishes.map((wish) => wish.toSorted())).toContainEqual(held);
});
