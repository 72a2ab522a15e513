import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deliveries, iPhone, register, setFaults, signIn } from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { startTestHost } from "../support/hosts.ts";
import { heldRegistrations } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

/** Runs `npm run smoke`. */
function smoke(
  url: string,
  token: string,
  { key = "", user = "" } = {},
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const args = ["ops/smoke.ts", "--url", url, ...(user === "" ? [] : ["--user", user])];
    const env = { ...process.env, SMOKE_KEY: key };
    const child = execFile(process.execPath, args, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
    child.stdin?.end(`${token}\n`);
  });
}

test("passes, reports each step, and leaves no device behind", async () => {
  const token = await signIn(stack(), "alice");
  const { code, said } = await smoke(stack().addresses.functions, token);
  expect(said).toMatch(/^The app runs: version \d/);
  for (const step of ["(wns): 200", "(apns): 200", "(fcmv1): 200", "Inserting an item: 201"]) {
    expect(said).toContain(step);
  }
  expect(said).toContain("Nothing was left behind.");
  expect(said).toContain("The main job works.");
  expect(said).not.toContain(token);
  expect(code).toBe(0);
  expect(await heldRegistrations(stack())).toEqual([]);
});

test("sends a message with a function key, and reports a wrong one", async () => {
  const host = await startTestHost(stack(), { key: "k1" });
  const url = host.stack.addresses.functions;
  const token = await signIn(stack(), "bob");
  const phone = iPhone();
  await register(stack(), token, phone);
  const right = await smoke(url, token, { key: "k1", user: "local:bob" });
  expect(right.said).toContain("The hub accepted the message.");
  expect(right.said).not.toContain("k1");
  expect(right.code).toBe(0);
  const texts = (await deliveries(stack(), phone.handle)).map(({ body }) => body);
  expect(texts.filter((text) => text.includes("A smoke test"))).toHaveLength(1);
  const wrong = await smoke(url, token, { key: "k2" });
  expect(wrong.said).toContain("The function key is not accepted.");
  expect(wrong.said).toContain("Nothing was left behind.");
  expect(wrong.code).toBe(1);
  await host.stop();
});

test("reports that the hub is down", async () => {
  const token = await signIn(stack(), "alice");
  await setFaults(stack(), { status: 503, retryAfter: 70 });
  const { code, said } = await smoke(stack().addresses.functions, token);
  await setFaults(stack());
  expect(said).toContain(
    "503, not 200. Registration failed! The hub, storage or the issuer's keys are unreachable.",
  );
  expect(code).toBe(1);
});

test("does not print a key or a token that cannot be sent", async () => {
  const url = stack().addresses.functions;
  const ofKey = await smoke(url, "token", { key: "SECRET\nKEY" });
  expect(ofKey).toMatchObject({ code: 1, said: expect.stringMatching(/^SMOKE_KEY has a space/) });
  const ofToken = await smoke(url, "SECRET “token”");
  expect(ofToken).toMatchObject({ code: 1, said: expect.stringMatching(/^The token has a space/) });
  for (const { said } of [ofKey, ofToken]) expect(said).not.toContain("SECRET");
});

test("reports that the token is wrong", async () => {
  const { code, said } = await smoke(stack().addresses.functions, "not-a-token");
  expect(said).toContain("The token is not accepted.");
  expect(code).toBe(1);
});

test("reports that the URL is wrong", async () => {
  const nowhere = await closedPort();
  expect(await smoke(nowhere, "x")).toEqual({
    code: 1,
    said: expect.stringContaining(`${nowhere} is unreachable (`),
  });
  expect(await smoke(stack().addresses.issuer, "x")).toEqual({
    code: 1,
    said: expect.stringContaining("Check the URL, and whether"),
  });
});
