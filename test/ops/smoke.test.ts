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
    const args = ["ops/smoke.ts", "--url", url, "--token", token];
    const child = execFile(process.execPath, args, { cwd: root }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

test("the smoke test passes, says what it saw, and leaves no device", async () => {
  const token = await signIn(stack(), "alice");
  const { code, said } = await smoke(stack().addresses.functions, token);
  expect(said).toMatch(/^The app runs: version \d/);
  for (const step of ["(wns): 200", "(apns): 200", "(fcmv1): 200", "Inserting an item: 201"]) {
    expect(said).toContain(step);
  }
  expect(said).toContain("Nothing of it is left.");
  expect(said).toContain("The main job works.");
  expect(said).not.toContain(token);
  expect(code).toBe(0);
  expect(await heldRegistrations(stack())).toEqual([]);
});

test("it says that the hub is down", async () => {
  const token = await signIn(stack(), "alice");
  await setFaults(stack(), { status: 503, retryAfter: 70 });
  const { code, said } = await smoke(stack().addresses.functions, token);
  await setFaults(stack());
  expect(said).toContain("503, not 200. Registration failed! What the app needs is out of reach");
  expect(code).toBe(1);
});

test("it says that the token is wrong", async () => {
  const { code, said } = await smoke(stack().addresses.functions, "not-a-token");
  expect(said).toContain("The token is not accepted.");
  expect(code).toBe(1);
});

test("it says that the URL is wrong", async () => {
  const nowhere = await closedPort();
  expect(await smoke(nowhere, "x")).toEqual({
    code: 1,
    said: expect.stringContaining(`Nothing answers at ${nowhere}: `),
  });
  expect(await smoke(stack().addresses.issuer, "x")).toEqual({
    code: 1,
    said: expect.stringContaining("is it the right URL"),
  });
});
