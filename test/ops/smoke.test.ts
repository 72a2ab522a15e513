import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setFaults, signIn } from "../support/client.ts";
import { closedPort } from "../support/closedPort.ts";
import { heldRegistrations } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

/** Runs `npm run smoke`. */
function smoke(url: string, token: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const args = ["ops/smoke.ts", "--url", url];
    const child = execFile(process.execPath, args, { cwd: root }, (_, stdout, stderr) =>
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
