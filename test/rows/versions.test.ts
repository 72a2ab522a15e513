import { describe, expect, test } from "vitest";
import { insert, signIn } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";
import { itemIn, todo } from "../support/todoItems.ts";

const stack = useTestStack();

describe("a version", () => {
  test("in If-Match must be the item's, or the response is 412 with the item", async () => {
    const token = await signIn(stack(), "dora");
    const first = itemIn(await insert(stack(), token, { id: "d", text: "one" }));
    const patch = (version: string, body: object) =>
      todo(stack(), token, "PATCH", "/d", { headers: { "if-match": version }, body });
    const second = itemIn(await patch(`"${first.version}"`, { text: "two" }));

    for (const version of [
      `"${first.version}"`,
      `W/"${second.version}"`,
      `"x", W/"${second.version}"`,
      '""',
      `"${second.version}="`,
      `"${Buffer.from('W/"x"\r\nx: y').toString("base64url")}"`,
    ]) {
      for (const answer of [
        await patch(version, { text: "lost" }),
        await patch(version, {}),
        await todo(stack(), token, "DELETE", "/d", { headers: { "if-match": version } }),
      ]) {
        expect(answer.status).toBe(412);
        expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
        expect(answer.headers.get("etag")).toBe(`"${second.version}"`);
        expect(itemIn(answer)).toEqual(second);
      }
    }

    const third = itemIn(await patch(`"x" , "${second.version}"`, { text: "three" }));
    expect(itemIn(await patch("*", { complete: true }))).toMatchObject({ text: "three" });
    const { version } = itemIn(await todo(stack(), token, "GET", "/d"));
    expect(new Set([first, second, third, { version }].map((item) => item.version)).size).toBe(4);
    const headers = { "if-match": `"${version}"` };
    expect(await todo(stack(), token, "DELETE", "/d", { headers })).toMatchObject({ status: 204 });
    expect(await patch(`"${version}"`, { text: "late" })).toMatchObject({ status: 404 });
  });

  test("in If-None-Match is not sent again", async () => {
    const token = await signIn(stack(), "erin");
    const { version } = itemIn(await insert(stack(), token, { id: "e", text: "one" }));
    const get = (known: string) =>
      todo(stack(), token, "GET", "/e", { headers: { "if-none-match": known } });
    for (const known of [`"${version}"`, `W/"${version}"`, `"x","${version}"`, "*"]) {
      const answer = await get(known);
      expect([answer.status, answer.text]).toEqual([304, ""]);
      expect(answer.headers.get("etag")).toBe(`"${version}"`);
    }
    for (const known of ['"x"', `"${version}x"`]) expect((await get(known)).status).toBe(200);
  });
});

describe("20 clients at once", () => {
  test("patch one item, half its text and half complete: each member ends with a value sent for it", async () => {
    const token = await signIn(stack(), "hugo");
    const inserted = itemIn(await insert(stack(), token, { id: "h", text: "first" }));
    const bodies = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0 ? { text: `text ${n}` } : { complete: true },
    );

    const answers = await Promise.all(
      bodies.map((body) => todo(stack(), token, "PATCH", "/h", { body })),
    );

    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
    for (const [n, answer] of answers.entries())
      expect(itemIn(answer)).toMatchObject(bodies[n] ?? {});
    expect(new Set(answers.map((answer) => itemIn(answer).version)).size).toBe(20);
    const item = itemIn(await todo(stack(), token, "GET", "/h"));
    expect(item.complete).toBe(true);
    expect(bodies).toContainEqual({ text: item.text });
    expect(item).toMatchObject({ id: "h", createdAt: inserted.createdAt });
    expect(answers.map((answer) => itemIn(answer).version)).toContain(item.version);
  });

  test("patch one item with the same If-Match: one wins, the others get 412 and the winner's item", async () => {
    const token = await signIn(stack(), "iris");
    const { version } = itemIn(await insert(stack(), token, { id: "i", text: "first" }));

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        todo(stack(), token, "PATCH", "/i", {
          headers: { "if-match": `"${version}"` },
          body: { text: `text ${n}` },
        }),
      ),
    );

    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    for (const answer of answers) expect(answer.body).toEqual(won[0]?.body);
    expect((await todo(stack(), token, "GET", "/i")).body).toEqual(won[0]?.body);
  });
});

test("if clients patch and delete one version at once, exactly one wins", async () => {
  const token = await signIn(stack(), "kate");
  for (const id of ["1", "2", "3", "4", "5"]) {
    const { version } = itemIn(await insert(stack(), token, { id, text: "first" }));
    const headers = { "if-match": `"${version}"` };

    const answers = await Promise.all(
      ["PATCH", "DELETE", "PATCH", "DELETE"].map((method) =>
        todo(stack(), token, method, `/${id}`, { headers, body: { complete: true } }),
      ),
    );

    expect(answers.filter(({ status }) => [200, 204].includes(status))).toHaveLength(1);
    expect(answers.filter(({ status }) => [404, 412].includes(status))).toHaveLength(3);
  }
});
