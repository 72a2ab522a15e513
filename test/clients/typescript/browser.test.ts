import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { listen } from "../../../local/listen.ts";
import { findBrowser, launchBrowser } from "../../support/browser.ts";
import { deliveries, iPhone, signIn } from "../../support/client.ts";
import { startTestHost } from "../../support/hosts.ts";
import { useTestStack } from "../../support/testStack.ts";
import { until } from "../../support/until.ts";

const client = join(import.meta.dirname, "../../../clients/typescript");
const stack = useTestStack(async () => ({}), false);

/** What the page does. It is a text, so that the test runner does not change it. */
const doMainJob = `async ({ url, token, deviceToken }) => {
  const { NotifyUsers, newId, ProblemError } = await import("/client.mjs");
  let answersToLose = 1;
  const users = new NotifyUsers({
    url,
    token: () => token,
    // The first answer to an insert is lost on its way to the page.
    fetch: async (address, init) => {
      const response = await fetch(address, init);
      const isInsert = address.pathname === "/tables/TodoItem" && init.method === "POST";
      if (isInsert && answersToLose-- > 0) throw new TypeError("fetch failed");
      return response;
    },
  });
  const installation = newId();
  const device = { platform: "apns", deviceToken };
  const registration = await users.registerDevice(installation, device);
  const item = await users.insertItem({ text: "from a browser" });
  const changed = await users.updateItem(item.id, { complete: true });
  const listed = [];
  for await (const one of users.listItems({ top: 5 })) listed.push(one);
  const refused = await users.insertItem({ text: "" }).catch((error) => error);
  await users.deleteItem(item.id, { version: changed.version });
  await users.unregisterDevice(installation);
  return {
    platform: registration.platform,
    listed: listed.length,
    complete: changed.complete,
    problem: refused instanceof ProblemError && refused.problem,
  };
}`;

test.skipIf(findBrowser() === undefined)(
  "the built client does the main job in a browser, from a page of another origin",
  async () => {
    await promisify(execFile)(process.execPath, ["build.ts"], { cwd: client });
    const built = await readFile(join(client, "dist/client.mjs"));
    const server = createServer((request, response) => {
      const isScript = request.url === "/client.mjs";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? built : "<!doctype html><title>page</title>");
    });
    const origin = await listen(server, 0);
    const host = await startTestHost(stack(), { corsOrigins: [origin] });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      const phone = iPhone();
      const options = {
        url: host.stack.addresses.functions,
        token: await signIn(stack(), "alice"),
        deviceToken: phone.handle,
      };
      const seen = await page.evaluate(`(${doMainJob})(${JSON.stringify(options)})`);
      expect(seen).toEqual({
        platform: "apns",
        listed: 1,
        complete: true,
        problem: "invalid-request",
      });
      await until(
        "the notification",
        async () => (await deliveries(stack(), phone.handle)).length > 0,
      );
      expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
    } finally {
      await browser.close();
      await host.stop();
      server.close();
    }
  },
);
