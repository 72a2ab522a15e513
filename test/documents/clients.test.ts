import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { operations } from "../contract/contract.ts";
import { deliveries } from "../support/client.ts";
import { payloadFor } from "../support/payloadFor.ts";
import { useTestStack } from "../support/testStack.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const pages = join(root, "docs/clients");
const stack = useTestStack();

let folder = "";
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

async function blocks(): Promise<Block[]> {
  const files = (await readdir(pages)).toSorted();
  const all = await Promise.all(
    files.map(async (page) =>
      [...(await readFile(join(pages, page), "utf8")).matchAll(/^ *```(\w+)\n(.*?)^ *```$/gms)].map(
        ([, language = "", code = ""]) => ({ page, language, code }),
      ),
    ),
  );
  return all.flat();
}

const contract = parse(await readFile(join(root, "docs/openapi.yaml"), "utf8"));

/** Follows a reference of the contract. */
function resolve(schema: { $ref?: string }): Record<string, unknown> {
  if (schema.$ref === undefined) return schema;
  const path = schema.$ref.slice(2).split("/");
  return resolve(path.reduce((found, name) => found[name], contract));
}

/** Returns whether a body of an operation may have exactly these members. */
function isBody(method: string, path: string, members: readonly string[]): boolean {
  const { requestBody } = contract.paths[path][method.toLowerCase()];
  if (requestBody === undefined) return members.length === 0;
  const { oneOf = [], ...own } = Object(resolve(requestBody.content["application/json"].schema));
  const forms: { properties?: object; required?: string[] }[] =
    oneOf.length > 0 ? oneOf.map(resolve) : [own];
  return forms.some(
    ({ properties = {}, required = [] }) =>
      members.every((name) => Object.hasOwn(properties, name)) &&
      required.every((name) => members.includes(name)),
  );
}

test("each block of a page is compiled, held against the contract, or said to be not tried", async () => {
  for (const { page, language, code } of await blocks()) {
    const tried = ["ts", "csharp", "swift", "kotlin"].includes(language);
    const document = await readFile(join(pages, page), "utf8");
    if (!tried) expect([page, code, document.includes("Not tried")]).toEqual([page, code, true]);
  }
  for (const page of ["swift.md", "kotlin.md"]) {
    expect(await readFile(join(pages, page), "utf8")).toContain("Not tried: all blocks");
  }
});

describe("the blocks in Swift and Kotlin", () => {
  test("call what the contract has, with its methods, headers and members", async () => {
    const headers = new Set([
      "Authorization",
      "Content-Type",
      "Retry-After",
      "X-ZUMO-INSTALLATION-ID",
    ]);
    const called: string[] = [];
    for (const { language, code } of await blocks()) {
      if (language !== "swift" && language !== "kotlin") continue;
      for (const [, method = "", path = "", body = ""] of code.matchAll(
        /call\("([A-Z]+)", "(\/[^"]+)",(.*)\)$/gm,
      )) {
        called.push(`${language} ${method} ${path}`);
        expect(operations).toContainEqual(expect.objectContaining({ method, path }));
        const members = [...body.matchAll(/put\("(\w+)"|"(\w+)":/g)].map(
          ([, put, member]) => put ?? member ?? "",
        );
        expect([method, path, members, isBody(method, path, members)]).toEqual([
          method,
          path,
          members,
          true,
        ]);
      }
      const named = code.matchAll(/(?:forHTTPHeaderField: |header\()"([^"]+)"/g);
      for (const [, name = ""] of named) expect([...headers]).toContain(name);
      expect(code.match(/todoItemI\w+/g)?.every((name) => name === "todoItemId") ?? true).toBe(
        true,
      );
    }
    expect(called.toSorted()).toEqual(
      ["kotlin", "swift"]
        .flatMap((language) => [
          `${language} POST /api/register_notifications`,
          `${language} DELETE /api/register_notifications`,
          `${language} POST /tables/TodoItem`,
        ])
        .toSorted(),
    );
  });
});

test("the blocks in TypeScript compile against the client, and the first one runs", async () => {
  folder = await mkdtemp(join(tmpdir(), "pages-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const client = join(root, "clients/typescript/client.ts");
  const options = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { types: ["node"], paths: { "notify-users-client": [client] } },
    include: ["*.ts"],
    exclude: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(options));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const { functions, issuer } = stack().addresses;
  for (const { page, language, code } of await blocks()) {
    if (language !== "ts") continue;
    const here = code
      .replace(/^ {3}/gm, "")
      .replaceAll("http://127.0.0.1:7071", functions)
      .replaceAll("http://127.0.0.1:7073", issuer);
    await writeFile(join(folder, page.replace(".md", ".ts")), here);
  }
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compiled = await run(process.execPath, [compiler, "--pretty", "false"], {
    cwd: folder,
  }).catch((error: unknown) => ({ stdout: String(Object(error).stdout ?? error) }));
  expect(compiled.stdout).toBe("");

  const program = join(folder, "typescript.ts");
  const text = await readFile(program, "utf8");
  await writeFile(program, text.replace("notify-users-client", client));
  const { stdout } = await run(process.execPath, [program]);
  const [arrived] = await deliveries(stack(), "a-simulated-phone");
  expect(JSON.parse(arrived?.body ?? "").message.data.todoItemId).toBe(stdout.trim());
});

test("docs/notifications.md shows the payloads that the app writes", async () => {
  const document = await readFile(join(root, "docs/notifications.md"), "utf8");
  const shown = [...document.matchAll(/^```(?:json|xml)\n(.*?)\n```$/gms)].map(([, one]) => one);
  const written = (["apns", "fcmv1", "wns"] as const).map((platform) => {
    const { body, headers } = payloadFor(platform, {
      audience: { kind: "user", digest: "d" },
      source: { table: "TodoItem", partition: "d", rowId: "ID" },
      title: "New item added:",
      text: "TEXT",
      data: { todoItemId: "ID" },
    });
    for (const [name, value] of Object.entries(headers)) {
      const documented = /^[0-9a-f]{16}$/.test(value) ? "KEY" : value;
      expect(document).toContain(`\`${name}: ${documented}\``);
    }
    return body.replace(/"tag":"[0-9a-f]{16}"/, '"tag":"KEY"');
  });
  expect(shown).toEqual(written);
});
