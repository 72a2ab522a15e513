import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { deliveries, signIn } from "../../support/client.ts";
import { heldRegistrations } from "../../support/hubState.ts";
import { itemRows } from "../../support/rows.ts";
import { useTestStack } from "../../support/testStack.ts";

const run = promisify(execFile);
const hasDotnet = await run("dotnet", ["--version"]).then(
  () => true,
  () => false,
);

const stack = useTestStack();

// Without the SDK of .NET, this test is skipped, and .ci/run says so.
test.skipIf(!hasDotnet)(
  "the C# client signs in, registers, inserts once although an answer is lost, opens the item, and signs out",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "csharp-"));
    try {
      const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" };
      const project = join(import.meta.dirname, "Tests.csproj");
      const { functions, issuer } = stack().addresses;
      const document = await readFile(
        join(import.meta.dirname, "../../../docs/clients/csharp.md"),
        "utf8",
      );
      const [, block = ""] = /^```csharp\n(.*?)^```$/ms.exec(document) ?? [];
      const page = join(folder, "Page.cs");
      await writeFile(
        page,
        block.replace("http://127.0.0.1:7071", functions).replace("http://127.0.0.1:7073", issuer),
      );
      await run(
        "dotnet",
        [
          ...["build", project, "--output", join(folder, "out"), "--nologo"],
          // The folders of the build are not this repository's.
          `--property:BaseIntermediateOutputPath=${join(folder, "obj")}/`,
          `--property:PageOfDocument=${page}`,
          "--property:UseSharedCompilation=false",
          "--disable-build-servers",
        ],
        { env },
      );
      const token = await signIn(stack(), "alice");
      const expired = await (await fetch(`${issuer}/token/alice?seconds=-600`)).text();
      const program = [join(folder, "out/Tests.dll"), functions, token, folder, expired];
      const { stdout } = await run("dotnet", program, {
        env: { ...env, XDG_DATA_HOME: folder, LOCALAPPDATA: folder },
      });
      const [notified = ""] = /(?<=^notified: )\w+$/m.exec(stdout) ?? [];
      const lines = stdout.trim().split("\n");
      const ofPage = lines.at(-1);
      expect(lines).toEqual([
        "kept: True",
        "registered: []",
        "topics: world,politics,sports",
        "registered: [world]",
        "registered: [world]",
        "registered: [sports]",
        "inserted: Buy milk 1",
        `notified: ${notified}`,
        "launch: True",
        "data: True",
        "payload: True",
        "no item: none",
        "opened: Buy milk",
        "gone: True",
        "problem: invalid-request #/text",
        "hex: AB01",
        "passed: Buy milk",
        "after 500: Buy milk",
        "after 429: Buy milk",
        "patience: ended",
        "signed out: ",
        "forgotten devices: ",
        "forgotten: True",
        "removed by id: True",
        ofPage,
      ]);
      expect(ofPage).toMatch(/^[0-9a-f]{32}$/);
      // One notification, on the newest handle, although the insert was sent twice.
      const [first, ofWindows, ...others] = await deliveries(stack());
      expect(first).toMatchObject({ handle: "newest-handle" });
      expect(JSON.parse(first?.body ?? "").message.data.todoItemId).toBe(notified);
      expect(ofWindows?.body).toContain(`todoItemId=${ofPage}`);
      expect(others).toEqual([]);
      expect(await heldRegistrations(stack())).toEqual([]);
      expect((await itemRows(stack())).map(({ rowKey }) => rowKey)).toEqual([ofPage]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
