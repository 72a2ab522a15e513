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

/* The package of this code and that of the earlier release, on one queue: a rolling deployment, and a rollback. */

/** The earlier release: the last commit whose messages carry only title, text and data. */
const earlierCommit = "af3e94dfe4837a9b1de2c37934f6cb641a986fda";

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
      (await deliveriesSoFar(stack(), phone.handle)).map(({ body }) => {
        const { alert } = JSON.parse(body).aps;
        return alert.body ?? alert;
      });
    // What is put off waits twice as long each time.
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
      const rich = { image: "https://example.com/a.png", replaces: "k", expiresInSeconds: 3_600 };
      const answer = await sendMessage(host.stack, {
        ...message("rich", { topic: "world" }),
        ...rich,
      });
      expect(answer).toMatchObject({ status: 202 });
    });

    // A rollback: the earlier code delivers what waits.
    host = await startEarlier();
    for (const path of ["", query({ $orderby: "updatedAt" })]) {
      const items = itemsIn(await todo(host.stack, token, "GET", path));
      expect(items.map(({ id }) => id)).toContain("kept");
      expect(items.map(({ id }) => id)).not.toContain("gone");
      for (const { updatedAt } of items) expect(Date.parse(updatedAt)).not.toBeNaN();
    }
    await untilShown("item", "to-alice", "to-world", "to-everyone");
    for (const id of ["to-alice", "to-world", "to-everyone"]) {
      await until(id, async () => (await stateOf(host.stack, id)) === "done");
    }
    // What it does not know, it puts off.
    expect(await stateOf(host.stack, "rich")).toBe("accepted");
    expect(await queueLength(stack(), "notifications-poison")).toBe(0);
    await leave(host, async () => {
      await insert(host.stack, token, { text: "earlier item" });
      await sendMessage(host.stack, message("earlier-message", { topic: "world" }));
    });

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
    await untilShown("earlier item", "earlier-message", "rich", ...inserted);
    await earlier?.stop();
    await until("an empty queue", async () => (await queueLength(stack(), "notifications")) === 0);
    expect(await stateOf(current?.stack ?? host.stack, "earlier-message")).toBe("done");
    await current?.stop();
    const shown = await texts();
    expect(new Set(shown).size).toBe(4 + 1 + 2 + 1 + inserted.length);
    expect(await queueLength(stack(), "notifications-poison")).toBe(0);
  },
);
