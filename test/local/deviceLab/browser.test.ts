import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NotifyUsers, TrustedBackend } from "../../../clients/typescript/client.ts";
import { causes } from "../../../diagnosis/cause.ts";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { type Stack, startStack } from "../../../local/stack.ts";
import { animatedPng, type Frame } from "../../support/animatedPng.ts";
import { findBrowser, launchBrowser } from "../../support/browser.ts";
import { ownStorage } from "../../support/testStack.ts";
import { until } from "../../support/until.ts";

const root = join(import.meta.dirname, "../../..");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const hasBrowser = findBrowser() !== undefined;

let browser: Browser;
let stack: Stack;
const contexts: BrowserContext[] = [];
const said: string[] = [];

async function startLab(byPlatform: boolean): Promise<Stack> {
  return startStack({
    storage: ownStorage(),
    appDirectory: root,
    portBase: 0,
    host: true,
    deviceLab: true,
    ...(byPlatform && { easyAuth: { sessionSeconds: 600 } }),
    env: { ...process.env, Delivery__retrySeconds: "1" },
    log: () => {},
  });
}

beforeAll(async () => {
  if (!hasBrowser) return;
  [browser, stack] = await Promise.all([launchBrowser(), startLab(false)]);
});

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

interface Look {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
}

/** Opens a page in a browser of its own. What it says in the console fails the test. */
async function open(
  url: string,
  { width = 1_280, colorScheme = "light" }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  contexts.push(context);
  const page = await context.newPage();
  said.length = 0;
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  return page;
}

const labOf = ({ addresses }: Stack): string => addresses.deviceLab ?? "";

/** Deletes what earlier tests left of the two. */
async function forget(): Promise<void> {
  for (const name of ["alice", "bob"]) {
    const token = await (await fetch(`${stack.addresses.issuer}/token/${name}`)).text();
    const users = new NotifyUsers({ url: stack.addresses.functions ?? "", token: () => token });
    for await (const { id } of users.listItems({ select: ["id"] })) await users.deleteItem(id);
  }
}

async function begin(page: Page): Promise<void> {
  await forget();
  await fetch(`${stack.addresses.hub.url}/_emulator`, { method: "DELETE" });
  await page.getByRole("button", { name: /^Sign in alice/ }).click();
  await phone(page, "alice", "apns").waitFor();
  await phone(page, "bob", "fcmv1").waitFor();
}

const person = (page: Page, name: string) => page.locator(`[data-person="${name}"]`);
const phone = (page: Page, name: string, platform: string) =>
  person(page, name).locator(`[data-phone="${platform}"]`);

/** Waits until a phone shows a notification with this text. */
async function shows(page: Page, name: string, platform: string, text: string): Promise<void> {
  await phone(page, name, platform)
    .locator(".notice .text")
    .getByText(text, { exact: true })
    .waitFor();
}

async function add(page: Page, name: string, text: string): Promise<void> {
  await person(page, name).getByPlaceholder("Buy milk").fill(text);
  await person(page, name).getByRole("button", { name: "Add", exact: true }).click();
}

async function act(
  page: Page,
  name: string,
  platform: string,
  action: string | RegExp,
): Promise<void> {
  const menu = phone(page, name, platform).locator(".menu");
  if (!(await menu.getAttribute("open").then((open) => open !== null))) {
    await menu.locator("summary").click();
  }
  await menu.getByRole("button", { name: action }).click();
}

const step = (page: Page, text: string | RegExp) =>
  page.locator(".timeline").getByText(text).first();

describe.skipIf(!hasBrowser)("the Device Lab", () => {
  test("a message to the readers of a topic is shown on the phones that subscribe to it", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    const menu = phone(page, "alice", "apns").locator(".menu");
    await menu.locator("summary").click();
    await menu.getByLabel("politics").check();
    await menu.locator("summary").getByText("politics").waitFor();
    const form = page.getByRole("form", { name: "Send a message as a backend" });
    const tell = async (whom: string, text: string) => {
      await form.getByLabel("A backend tells").selectOption({ label: whom });
      await form.getByLabel("Text of the message").fill(text);
      await form.getByRole("button", { name: "Send" }).click();
    };
    await tell("readers of politics", "Polls are open");
    await shows(page, "alice", "apns", "Polls are open");
    await step(page, "Stored and answered 202").waitFor();
    await step(page, "No Android is registered").waitFor();
    await tell("everyone", "Back at noon");
    await shows(page, "bob", "fcmv1", "Back at noon");
    await tell("person bob", "A task for you");
    await shows(page, "bob", "fcmv1", "A task for you");
    expect(await phone(page, "alice", "apns").locator(".notice").count()).toBe(2);
    expect(await phone(page, "bob", "fcmv1").locator(".notice").count()).toBe(2);
    // The topic is still there after the page loads again, and can be ended.
    await page.reload();
    await menu.locator("summary").getByText("politics").waitFor();
    await menu.locator("summary").click();
    await menu.getByLabel("politics").uncheck();
    await expect.poll(() => menu.locator("summary").textContent()).not.toContain("politics");
    await tell("readers of politics", "Polls are closed");
    await step(page, "No iPhone is registered").waitFor();
    expect(said).toEqual([]);
  });

  test("phones show image, link, badge, group and what replaces, and a silent message wakes them", async () => {
    const page = await open(labOf(stack));
    await page.route("https://example.com/**", (route) =>
      route.fulfill({
        contentType: "image/svg+xml",
        body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      }),
    );
    await begin(page);
    await person(page, "alice")
      .getByRole("button", { name: /Windows/ })
      .click();
    await phone(page, "alice", "wns").waitFor();
    const url = stack.addresses.functions ?? "";
    const backend = new TrustedBackend({ url });
    const to = { user: "local:alice" };
    const image = "https://example.com/a.svg";
    await backend.sendMessage({
      ...{ to, title: "Order", text: "On its way", image, link: "myapp://order/7" },
      ...{ badge: 120, group: "orders", replaces: "order 7" },
    });
    for (const platform of ["apns", "wns"]) {
      await shows(page, "alice", platform, "On its way");
      const notice = phone(page, "alice", platform).locator(".notice");
      expect(await notice.locator("img").getAttribute("src")).toBe(image);
      expect(await notice.locator(".link").textContent()).toBe("A tap leads to myapp://order/7");
      expect(await notice.getAttribute("data-group")).toBe("orders");
    }
    await phone(page, "alice", "apns").locator(".badge").getByText("120").waitFor();
    await phone(page, "alice", "wns").locator(".badge").getByText("99+").waitFor();
    // Of the same group, and of none: what is in one group stands together.
    await backend.sendMessage({ to, title: "News", text: "of the day" });
    await backend.sendMessage({ to, title: "Order", text: "Another", group: "orders" });
    await backend.sendMessage({
      to,
      title: "Order",
      text: "Delivered",
      group: "orders",
      badge: 0,
      replaces: "order 7",
    });
    await shows(page, "alice", "apns", "Delivered");
    await shows(page, "alice", "wns", "Delivered");
    for (const platform of ["apns", "wns"]) {
      const texts = await phone(page, "alice", platform).locator(".notice .text").allTextContents();
      expect(texts.map((text) => text.trim())).toEqual(["Delivered", "Another", "of the day"]);
      expect(await phone(page, "alice", platform).locator(".badge").count()).toBe(0);
    }
    await backend.sendMessage({ to, silent: true });
    for (const platform of ["apns", "wns"]) {
      await phone(page, "alice", platform).locator(".wakes").getByText("1 ×").waitFor();
      expect(await phone(page, "alice", platform).locator(".notice").count()).toBe(3);
    }
    expect(said).toEqual([]);
  });

  test("two people with three phones: each phone shows its owner's items and no others", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await person(page, "alice").getByRole("button", { name: "+ Windows" }).click();
    await phone(page, "alice", "wns").waitFor();
    await add(page, "alice", "Buy milk & <b>eggs</b>");
    await add(page, "bob", "Call the plumber");
    await shows(page, "alice", "apns", "Buy milk & <b>eggs</b>");
    await shows(page, "alice", "wns", "Buy milk & <b>eggs</b>");
    await shows(page, "bob", "fcmv1", "Call the plumber");
    expect(await page.locator(".notice").count()).toBe(3);
    await step(page, "No Android is registered").waitFor();
    await step(page, "1 of 1 iPhone reached").waitFor();
    expect(await page.getByRole("status").textContent()).toContain(
      "bob's Android: New item added: Call",
    );
    expect(said).toEqual([]);
  });

  test("while the hub is down an insert waits, and its notification comes once", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await page.getByLabel("The hub").selectOption("down");
    await add(page, "alice", "Later");
    await step(page, /Stored and answered 201/).waitFor();
    await step(page, /The hub answered 503 for iPhone/).waitFor();
    // The words of npm run why.
    await step(page, causes.hubDown.sentence).waitFor();
    await step(page, causes.hubDown.remedy).waitFor();
    expect(await page.locator(".notice").count()).toBe(0);
    await page.getByLabel("The hub").selectOption("fine");
    await shows(page, "alice", "apns", "Later");
    await page.getByText("nothing waits").waitFor();
    expect(await phone(page, "alice", "apns").locator(".notice").count()).toBe(1);
    expect(said).toEqual([]);
  });

  test("a person's settings list the devices, sign out a lost one, and forget everything", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await person(page, "alice").getByRole("button", { name: "+ Windows" }).click();
    await phone(page, "alice", "wns").waitFor();
    const settings = person(page, "alice").locator(".settings");
    await settings.locator("summary").click();
    const devices = settings.getByRole("listitem");
    await expect.poll(() => devices.count()).toBe(2);
    await settings.getByRole("button", { name: /^Sign out iPhone/ }).click();
    await expect
      .poll(() => devices.allTextContents())
      .toEqual([expect.stringContaining("Windows")]);
    await add(page, "alice", "only on Windows");
    await shows(page, "alice", "wns", "only on Windows");
    expect(await phone(page, "alice", "apns").locator(".notice").count()).toBe(0);

    await settings.getByRole("button", { name: "Forget alice" }).click();
    await settings.getByText("No device is registered.").waitFor();
    expect(await person(page, "alice").locator(".items li").count()).toBe(0);
    await add(page, "alice", "unheard");
    await step(page, causes.noDevice.sentence).waitFor();
    expect(said).toEqual([]);
  });

  test("an insert that is stored stays so in the timeline if the list fails after it", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await page.route("**/tables/TodoItem?*", (route) =>
      route.request().method() === "GET"
        ? route.fulfill({
            status: 403,
            headers: { "access-control-allow-origin": "*" },
            contentType: "application/problem+json",
            body: JSON.stringify({ status: 403, title: "Forbidden", detail: "No list today." }),
          })
        : route.continue(),
    );
    await add(page, "alice", "Bread");
    await page.getByRole("alert").getByText("No list today.").waitFor();
    await step(page, /Stored and answered 201/).waitFor();
    expect(await page.locator(".timeline").getByText("No list today.").count()).toBe(0);
  });

  test("a phone that is handed over shows its new owner's items from then on", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await act(page, "alice", "apns", "Hand over to bob");
    await phone(page, "bob", "apns").waitFor();
    await add(page, "alice", "not here");
    await add(page, "bob", "for bob");
    await shows(page, "bob", "apns", "for bob");
    expect(await page.locator(".notice .text").getByText("not here").count()).toBe(0);
    await act(page, "bob", "apns", "Sign out");
    await person(page, "alice")
      .getByRole("button", { name: /Sign in on the free iPhone/ })
      .click();
    await phone(page, "alice", "apns").waitFor();
    await add(page, "alice", "back again");
    await shows(page, "alice", "apns", "back again");
    expect(said).toEqual([]);
  });

  test("the timeline says why a notification did not come", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await act(page, "bob", "fcmv1", "Expire the handle");
    await add(page, "bob", "to an expired handle");
    const missed = step(page, "0 of 1 Android reached");
    await missed.click();
    await step(page, /ExpiredChannel: The handle is expired/).waitFor();
    await step(page, causes.handleExpired.sentence).waitFor();
    await act(page, "alice", "apns", "Sandbox handle");
    await add(page, "alice", "to the other environment");
    await step(page, "0 of 1 iPhone reached").click();
    await step(page, /WrongToken: The handle is of Apple's sandbox/).waitFor();
    // A new handle heals both.
    await act(page, "bob", "fcmv1", "New handle");
    await add(page, "bob", "to the new handle");
    await shows(page, "bob", "fcmv1", "to the new handle");
    expect(said).toEqual([]);
  });

  test("the same insert twice notifies once, and a repeated send replaces its notification", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await add(page, "bob", "once");
    await shows(page, "bob", "fcmv1", "once");
    await page.getByRole("button", { name: "Send again" }).first().click();
    await add(page, "bob", "another");
    await shows(page, "bob", "fcmv1", "another");
    expect(await phone(page, "bob", "fcmv1").locator(".notice").count()).toBe(2);
    // The hub answers a send that it did with an error: redelivery sends it again.
    const rules = [{ match: { path: "/messages", platform: "fcmv1" }, reset: "after", times: 1 }];
    const body = JSON.stringify({ rules });
    await fetch(`${stack.addresses.hub.url}/_emulator/faults`, { method: "PUT", body });
    await add(page, "bob", "twice sent");
    await phone(page, "bob", "fcmv1").getByText("replaced 1 ×").waitFor();
    expect(await phone(page, "bob", "fcmv1").locator(".notice").count()).toBe(3);
    expect(said).toEqual([]);
  });

  test("people and phones are still there after the page loads again", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await add(page, "alice", "kept");
    await shows(page, "alice", "apns", "kept");
    await page.reload();
    await shows(page, "alice", "apns", "kept");
    await person(page, "alice").locator(".items").getByText("kept").waitFor();
    await step(page, "1 of 1 iPhone reached").waitFor();
    expect(said).toEqual([]);
  });

  test("each send belongs to its own insert, also while several wait", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await page.getByLabel("The hub").selectOption("down");
    const row = (text: string) => page.locator("[data-insert]").filter({ hasText: text });
    for (const text of ["first one", "second one"]) {
      await add(page, "alice", text);
      await row(text)
        .getByText(/Stored and answered 201/)
        .waitFor();
      await row(text).locator("[data-cause]").waitFor();
    }
    await page.getByLabel("The hub").selectOption("fine");
    for (const text of ["first one", "second one"]) {
      await shows(page, "alice", "apns", text);
      await row(text).getByText("1 of 1 iPhone reached").waitFor();
      await row(text).getByText("No Android is registered").first().waitFor();
    }
    expect(said).toEqual([]);
  });

  test("a person without a phone sees that there is none, and is there once", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    await page.getByLabel("Name of a person").fill(" zed ");
    const button = page.getByRole("button", { name: "Add a person" });
    for (let i = 0; i < 3; i++) await button.click({ force: true });
    await person(page, "zed").waitFor();
    await add(page, "zed", "no phone");
    await step(page, "No iPhone is registered").waitFor();
    expect(await person(page, "zed").count()).toBe(1);
    await page.getByLabel("Name of a person").fill("   ");
    await button.click();
    await page.getByRole("alert").getByText("A person needs a name.").waitFor();
    expect(said).toEqual([]);
  });

  test("the page tells what the hub does, also what another page set, and comes up with a damaged memory", async () => {
    const page = await open(labOf(stack).replace("127.0.0.1", "localhost"));
    expect(page.url()).toBe(`${labOf(stack)}/`);
    await begin(page);
    await page.getByLabel("The hub").selectOption("down");
    await page.evaluate("sessionStorage.setItem('device-lab-2', '{')");
    await page.reload();
    await page.getByRole("button", { name: /^Sign in alice/ }).waitFor();
    await page.getByRole("button", { name: /^Sign in alice/ }).click();
    await person(page, "alice").waitFor();
    expect(await page.getByLabel("The hub").inputValue()).toBe("down");
    await page.getByLabel("The hub").selectOption("fine");
    expect(said).toEqual([]);
  });

  test("the pages of the functions host and of the issuer lead to it", async () => {
    for (const page of [stack.addresses.functions ?? "", `${stack.addresses.issuer}/`]) {
      expect(await (await fetch(page)).text()).toContain(labOf(stack));
    }
  });

  test("answers only its own name, and says no secret", async () => {
    const { port } = new URL(labOf(stack));
    const status = await new Promise((resolve, reject) => {
      request({ port, host: "127.0.0.1", headers: { host: "lab.example" } }, (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
    const addresses = await (await fetch(`${labOf(stack)}/addresses`)).text();
    expect(addresses).not.toMatch(/AccountKey|SharedAccessKey/);
  });

  test("App Service Authentication signs people in as well", async () => {
    const own = await startLab(true);
    try {
      const page = await open(labOf(own));
      await page.getByRole("button", { name: /^Sign in alice/ }).click();
      await phone(page, "alice", "apns").waitFor();
      await add(page, "alice", "by the platform");
      await shows(page, "alice", "apns", "by the platform");
      expect(said).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  test.each([
    [360, "light"],
    [360, "dark"],
    [1_280, "light"],
    [1_280, "dark"],
  ] as const)("axe finds nothing at %i px, %s", async (width, colorScheme) => {
    const page = await open(labOf(stack), { width, colorScheme });
    const violations = async (): Promise<unknown> => {
      await page.evaluate(axe);
      return page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
      );
    };
    expect(await violations()).toEqual([]);
    await begin(page);
    await add(page, "alice", "Buy milk");
    await shows(page, "alice", "apns", "Buy milk");
    await page.locator(".notice summary").first().click();
    await page.locator(".menu summary").first().click();
    // Its animation changes the contrast.
    await until("the animations", async () =>
      page.evaluate("document.getAnimations().length === 0"),
    );
    expect(await violations()).toEqual([]);
    const isWide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    expect(await page.evaluate(isWide)).toBe(false);
  });
});

describe.skipIf(!hasBrowser)("the pictures of the README", () => {
  const docs = join(root, "docs");
  /** Draws the pictures again, if a change of the page needs it. */
  const draw = process.env["DRAW_PICTURES"] === "1";
  const most = 500_000;

  test.each(["light", "dark"] as const)("show the Lab in %s colours", async (colorScheme) => {
    const page = await open(labOf(stack), { width: 1_440, colorScheme });
    await begin(page);
    await person(page, "alice").getByRole("button", { name: "+ Windows" }).click();
    await phone(page, "alice", "wns").waitFor();
    await add(page, "alice", "Buy milk");
    await shows(page, "alice", "wns", "Buy milk");
    await add(page, "bob", "Call the plumber");
    await shows(page, "bob", "fcmv1", "Call the plumber");
    await step(page, "1 of 1 Android reached").waitFor();
    await until("the animations", async () =>
      page.evaluate("document.getAnimations().length === 0"),
    );
    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(most);
    if (draw) await writeFile(join(docs, `device-lab-${colorScheme}.png`), picture);
  });

  test("show the first notification, animated", async () => {
    const page = await open(labOf(stack), { width: 720 });
    await page.setViewportSize({ width: 720, height: 520 });
    const frames: Frame[] = [];
    const take = async (milliseconds: number): Promise<void> => {
      frames.push({ png: await page.screenshot(), milliseconds });
    };
    await take(1_500);
    await begin(page);
    await take(1_200);
    const text = "Buy milk";
    const field = person(page, "alice").getByPlaceholder("Buy milk");
    for (let length = 4; length <= text.length; length += 4) {
      await field.fill(text.slice(0, length));
      await take(300);
    }
    await person(page, "alice").getByRole("button", { name: "Add", exact: true }).click();
    await shows(page, "alice", "apns", text);
    await until("the animations", async () =>
      page.evaluate("document.getAnimations().length === 0"),
    );
    await take(4_000);
    const picture = animatedPng(frames);
    expect(picture.length).toBeLessThan(most);
    if (draw) await writeFile(join(docs, "device-lab-first-notification.png"), picture);
  });
});

describe.skipIf(!hasBrowser)("how fast the Lab is", () => {
  test("deliveries reach the page soon after the hub's answer", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      await add(page, "alice", `item ${i}`);
      await shows(page, "alice", "apns", `item ${i}`);
      times.push(
        Number(
          await page.evaluate(
            "performance.now() + performance.timeOrigin - Date.parse([...document.querySelectorAll('[data-phone=apns] time')].at(0).dateTime)",
          ),
        ),
      );
    }
    const median = times.toSorted((a, b) => a - b)[7] ?? 0;
    process.stdout.write(
      `A delivery was on the page ${Math.round(median)} ms after the hub's answer (median).\n`,
    );
    expect(times).toHaveLength(15);
  });

  test("200 phones and 5,000 notifications stay usable", async () => {
    const page = await open(labOf(stack));
    await begin(page);
    const phones = Array.from({ length: 200 }, (_, i) => ({
      id: `p${i}`,
      platform: "fcmv1",
      handle: `many-${i}`,
      installationId: `many-${i}`,
      owner: i % 2 === 0 ? "alice" : "bob",
      expired: false,
      sandbox: false,
      topics: [],
    }));
    const { callHub } = await import("../hubEmulator/hubClient.ts");
    for (let i = 0; i < 5_000; i++) {
      const headers = {
        "servicebusnotification-format": "fcmv1",
        "servicebusnotification-devicehandle": `many-${i % 200}`,
      };
      const body = `{"message":{"notification":{"title":"New item added:","body":"number ${i}"}}}`;
      await callHub(stack.addresses.hub, "POST", "/messages?direct", { body, headers });
    }
    const kept = JSON.stringify({ people: ["alice", "bob"], phones, inserts: [] });
    await page.evaluate(`sessionStorage.setItem("device-lab-2", ${JSON.stringify(kept)})`);
    // The page writes what it keeps when it changes, not when it is left.
    await page.reload();
    await page.getByText("number 4999").first().waitFor();
    const longest = await page.evaluate(`new Promise((resolve) => {
      let last = performance.now(), longest = 0, frames = 0;
      const frame = (now) => {
        longest = Math.max(longest, now - last); last = now;
        scrollBy(0, 400);
        if (++frames < 120) requestAnimationFrame(frame); else resolve(longest);
      };
      requestAnimationFrame(frame);
    })`);
    process.stdout.write(
      `The longest frame while a page of 200 phones scrolled took ${Math.round(Number(longest))} ms.\n`,
    );
    expect(await page.locator("[data-phone]").count()).toBe(200);
  });
});

describe.skipIf(!hasBrowser)("the emulator's own page", () => {
  test("shows deliveries, requests, registrations and faults", async () => {
    const hub = await startHubEmulator();
    try {
      const page = await open(`${new URL(hub.url).origin}/`);
      expect(page.url()).toBe(`${hub.url}/_emulator/`);
      await page.getByRole("status").getByText("notify-users").waitFor();
      await page.getByLabel("Rules, as JSON").fill('[{"status":42}]');
      await page.getByRole("button", { name: "Set" }).click();
      await page.getByRole("alert").getByText("/rules/0/status").waitFor();
      const { callHub, atomEntry } = await import("../hubEmulator/hubClient.ts");
      const entry = atomEntry(
        "FcmV1",
        "<Tags>news</Tags><FcmV1RegistrationId>phone-1</FcmV1RegistrationId>",
      );
      await callHub(hub, "POST", "/registrations", { body: entry });
      const headers = {
        "servicebusnotification-format": "fcmv1",
        "servicebusnotification-tags": "news",
      };
      await callHub(hub, "POST", "/messages", { body: '{"message":{}}', headers });
      await page.locator("#deliveries").getByText("phone-1").first().waitFor();
      await page.locator("#requests").getByText("1 of 1 delivered").waitFor();
      await page.getByLabel("Tag").fill("news");
      await page.getByRole("button", { name: "Find" }).click();
      await page.locator("#registrations").getByText("phone-1").first().waitFor();
      await page.evaluate(axe);
      expect(
        await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))"),
      ).toEqual([]);
      // The rule that was refused is the only thing that the console tells.
      expect(said.filter((line) => !line.includes("400 (Bad Request)"))).toEqual([]);
    } finally {
      await hub.stop();
    }
  });
});
