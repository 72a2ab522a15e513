import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import {
  deliveriesSoFar,
  insert,
  iPhone,
  register,
  sendMessage,
  setFaults,
  signIn,
  stateOf,
} from "../support/client.ts";
import { startTestHost, type TestHost } from "../support/hosts.ts";
import { queueLength } from "../support/queues.ts";
import { useTestStack } from "../support/testStack.ts";
import { itemsIn, query, todo } from "../support/todoItems.ts";
import { until } from "../support/until.ts";

/* The package of this code and that of the code before topics, on one queue: a rolling deployment, and a rollback. */

/** The last commit whose intents announce to users alone. */
const earlierCommit = "b6d451491f7ab631b3e76a3c4379a237dc38e619";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

const hasHistory = await run("git", ["cat-file", "-e", `${earlierCommit}^{commit}`], {
  cwd: root,
}).then(
  () => true,
  () => false,
);

const stack = useTestStack(async () => ({}), false);

let folder = "";
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Builds the earlier app with the packages of this one, and returns its folder. */
async function buildEarlier(): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), "earlier-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const archive = join(folder, "earlier.tar");
  const files = ["src", "build", "host.json", "package.json"];
  await run("git", ["archive", "--output", archive, earlierCommit, ...files], { cwd: root });
  await run("tar", ["-xf", archive], { cwd: folder });
  await run(process.execPath, ["build/bundle.ts"], { cwd: folder });
  return folder;
}

const down = { match: { path: "/messages" }, status: 503 };

// A copy without the history, such as an archive, has no earlier code to test.
test.skipIf(!hasHistory)(
  "the earlier code and this code deliver each other's intents",
  { timeout: 600_000 },
  async () => {
    const appDirectory = await buildEarlier();
    const startEarlier = () => startTestHost(stack(), { appDirectory });
    const startThis = () => startTestHost(stack());
    const token = await signIn(stack(), "alice");
    const phone = iPhone();
    const texts = async () =>
      (await deliveriesSoFar(stack(), phone.handle)).map(({ body }) => JSON.parse(body).aps.alert);
    // The earlier code doubles the delay of an intent that it does not know, each time that it gets it.
    const deadline = 300_000;
    const untilShown = (...expected: string[]) =>
      until(
        `the notifications ${expected}`,
        async () => {
          const shown = await texts();
          return expected.every((text) => shown.includes(text));
        },
        deadline,
      );
    /** Stops a host while what it announces waits on the queue. */
    const leave = async (host: TestHost, announce: () => Promise<unknown>) => {
      await setFaults(stack(), down);
      await announce();
      await host.stop("SIGKILL");
      await setFaults(stack());
    };

    let host = await startThis();
    await register(host.stack, token, { ...phone, body: { ...phone.body, topics: ["world"] } });
    for (const id of ["kept", "gone"]) await insert(host.stack, token, { id, text: "x" });
    await todo(host.stack, token, "PATCH", "/kept", { body: { complete: true } });
    expect(await todo(host.stack, token, "DELETE", "/gone")).toMatchObject({ status: 204 });
    const message = (id: string, to: object) => ({ id, to, title: "t", text: id });
    await leave(host, async () => {
      expect(await insert(host.stack, token, { text: "item" })).toMatchObject({ status: 201 });
      for (const [id, to] of [
        ["to-alice", { user: "local:alice" }],
        ["to-world", { topic: "world" }],
        ["to-everyone", { everyone: true }],
      ] as const) {
        expect(await sendMessage(host.stack, message(id, to))).toMatchObject({ status: 202 });
      }
    });

    // A rollback: the earlier code delivers what it knows, and puts off the rest.
    host = await startEarlier();
    for (const path of ["", query({ $orderby: "updatedAt" })]) {
      const items = itemsIn(await todo(host.stack, token, "GET", path));
      expect(items.map(({ id }) => id)).toContain("kept");
      expect(items.map(({ id }) => id)).not.toContain("gone");
      for (const { updatedAt } of items) expect(Date.parse(updatedAt)).not.toBeNaN();
    }
    await untilShown("item", "to-alice");
    await until("the other two to be put off", () => {
      const lines = host.stack.log().match(/"outcome":"postponed","reason":"version 2"/g);
      return (lines?.length ?? 0) >= 2;
    });
    expect(await texts()).not.toContain("to-world");
    await leave(host, () => insert(host.stack, token, { text: "earlier item" }));

    // Both at once, as in a rolling deployment.
    const both = [await startEarlier(), await startThis()];
    const inserted: string[] = [];
    for (let number = 0; number < 20; number++) {
      if (number % 4 === 0) await setFaults(stack(), ...(number % 8 === 0 ? [down] : []));
      const text = `item ${number}`;
      const answer = await insert(both[number % 2]?.stack ?? host.stack, token, { text });
      expect(answer.status).toBe(201);
      inserted.push(text);
    }
    await setFaults(stack());
    const [earlier, current] = both;
    await untilShown("earlier item", ...inserted);
    await earlier?.stop();
    await untilShown("to-world", "to-everyone");
    await until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0);
    for (const id of ["to-world", "to-everyone"]) {
      expect(await stateOf(current?.stack ?? host.stack, id)).toBe("done");
    }
    await current?.stop();
    const shown = await texts();
    expect(new Set(shown).size).toBe(4 + 1 + 1 + inserted.length);
    expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  },
);
