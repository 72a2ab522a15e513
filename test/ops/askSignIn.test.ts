import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeAzd, type FakeAzd } from "../support/fakeAzd.ts";

const root = join(import.meta.dirname, "../..");
let azd: FakeAzd;
beforeEach(async () => {
  azd = await createFakeAzd();
});
afterEach(() => azd.remove());

/** Runs the dialogue with these answers. */
function dialogue(
  answers: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  args: readonly string[] = ["--stdin"],
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...azd.env, ...variables } };
    const child = execFile(
      process.execPath,
      ["ops/askSignIn.mjs", ...args],
      options,
      (_, stdout, stderr) => resolve({ code: child.exitCode, said: stdout + stderr }),
    );
    child.stdin?.end(answers.map((answer) => `${answer}\n`).join(""));
  });
}

describe.skipIf(process.platform === "win32")("the dialogue of a first azd up", () => {
  test("keeps what it needs, and takes no empty answer for it", async () => {
    const { code, said } = await dialogue(["", "no", "9", "1", "", "  ", "a-client-id"]);
    expect(said).toContain("How do people sign in?");
    expect(said.match(/A number from 1 to 8/g)).toHaveLength(4);
    expect(said.match(/This is needed/g)).toHaveLength(2);
    expect(await azd.calls()).toEqual([
      'AUTH_GOOGLE_AUDIENCE="a-client-id"',
      'APP_SERVICE_AUTHENTICATION="no"',
    ]);
    expect(code).toBe(0);
  });

  test("asks again for a wrong tenant, and for a reference in place of a secret", async () => {
    await dialogue(["8", "a-client", "tenant", "00000000-0000-0000-0000-00000000000a"]);
    expect(await azd.calls()).toEqual([
      'ENTRA_CLIENT_ID="a-client"',
      'ENTRA_TENANT_ID="00000000-0000-0000-0000-00000000000a"',
      'APP_SERVICE_AUTHENTICATION="entra"',
    ]);
    const { said } = await dialogue(["6", "an-app", "akvs://a/b/c", "a-secret"]);
    expect(said).toContain("References are not resolved.");
    expect((await azd.calls()).slice(3)).toEqual([
      'FACEBOOK_APP_ID="an-app"',
      'FACEBOOK_APP_SECRET="a-secret"',
      'APP_SERVICE_AUTHENTICATION="facebook"',
    ]);
  });

  test.each([
    [2, ["com.example.app"], "AUTH_APPLE_AUDIENCE"],
    [3, ["an-app"], "AUTH_FACEBOOK_AUDIENCE"],
    [4, ["00000000-0000-0000-0000-00000000000a", "an-app"], "AUTH_ENTRA_AUDIENCE"],
    [
      5,
      ["my-idp", "myidp", "http://x", "https://idp.example.com", "an-app"],
      "AUTH_OTHER_AUDIENCE",
    ],
    [7, ["an-app", "a-secret"], "GOOGLE_CLIENT_SECRET"],
  ])("choice %i sets %s", async (number, answers, variable) => {
    const { code } = await dialogue([String(number), ...answers]);
    expect((await azd.calls()).join("\n")).toContain(`${variable}="`);
    expect(code).toBe(0);
  });

  test("sets nothing if it is left half way", async () => {
    const { code, said } = await dialogue(["6", "an-app"]);
    expect(said).toContain("The input ended before every question was answered.");
    expect(await azd.calls()).toEqual([]);
    expect(code).toBe(1);
  });

  test("asks nothing if a variable settles it", async () => {
    for (const variables of [
      { AUTH_APPLE_AUDIENCE: "x" },
      { APP_SERVICE_AUTHENTICATION: "entra", ENTRA_CLIENT_ID: "x", ENTRA_TENANT_ID: "x" },
    ]) {
      const { code, said } = await dialogue([], variables);
      expect(said).toMatch(/^How people sign in is settled by \w+\.\n$/);
      expect(code).toBe(0);
    }
    expect(await azd.calls()).toEqual([]);
  });

  test("asks if only half of an answer is set", async () => {
    for (const variables of [
      { AUTH_ENTRA_TENANT_ID: "x" },
      { APP_SERVICE_AUTHENTICATION: "facebook" },
    ]) {
      const { said } = await dialogue(["2", "com.example.app"], variables);
      expect(said).toContain("How do people sign in?");
    }
  });

  test("says what to set if there is no terminal", async () => {
    const { code, said } = await dialogue(["1", "x"], { APP_SERVICE_AUTHENTICATION: "no" }, []);
    expect(said).toContain("azd env set AUTH_GOOGLE_AUDIENCE");
    expect(code).toBe(1);
  });
});
