import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ports } from "../../local/ports.ts";
import { settled } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const stack = useTestStack();

/** Shell blocks that this test does not paste, because it runs against a stack that has started. */
const notPasted = new Set([
  "npm ci && npm run local",
  "npm ci && npm test",
  "azd up",
  "az deployment group create --resource-group notify-users --parameters infra/main.bicepparam\nnpm run package && func azure functionapp publish NAME --no-build --javascript",
]);

interface Block {
  readonly commands: string;
  /** The answer that the document shows. */
  readonly shown: string;
}

/** Returns the shell blocks of a document, each with the block behind it that shows an answer. */
function blocksIn(document: string): Block[] {
  const fences = [...document.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([whole, language = "", text = ""], index, all) => {
      const next = all[index + 1];
      const between =
        next && document.slice(document.indexOf(whole) + whole.length, document.indexOf(next[0]));
      return { language, text: text.trimEnd(), isFollowed: between?.trim() === "" };
    },
  );
  return fences.flatMap(({ language, text, isFollowed }, index) => {
    if (language !== "sh" || notPasted.has(text)) return [];
    const answer = isFollowed ? fences[index + 1] : undefined;
    return [{ commands: text, shown: answer && answer.language !== "sh" ? answer.text : "" }];
  });
}

/** Replaces what differs between two runs: ids, times, versions and numbers of deliveries. */
function normal(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) =>
      time.startsWith("9999") ? time : "TIME",
    )
    .replace(/"version":"(?!\d+\.)[^"]+"/g, '"version":"VERSION"')
    .replace(/"(registrationId|wns|apns|fcmv1)":"[^"]+"/g, '"$1":"ID"')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replace(/^\d+ {2}\d\d:\d\d:\d\d/gm, "N  TIME")
    .trim();
}

/**
 * Pastes blocks into one shell, in order, each when what the one before announced is sent: a person takes longer.
 *
 * @returns what each of them printed
 */
async function paste(blocks: readonly Block[]): Promise<string[]> {
  const { functions, issuer, hub } = stack().addresses;
  const address = new Map<number, string | undefined>([
    [ports.functions, functions],
    [ports.issuer, issuer],
    [ports.hub, new URL(hub.url).origin],
  ]);
  const scriptOf = ({ commands }: Block) =>
    `${commands}\nprintf '\\n<<end>>\\n'\n`.replace(
      /http:\/\/127\.0\.0\.1:(\d+)/g,
      (whole, port) => address.get(Number(port)) ?? whole,
    );
  const shell = spawn("bash", ["-s"], { stdio: ["pipe", "pipe", "ignore"] });
  let said = "";
  shell.stdout.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  for (const [index, block] of blocks.entries()) {
    shell.stdin.write(scriptOf(block));
    await until(block.commands, () => said.split("\n<<end>>\n").length === index + 2);
    await settled(stack());
  }
  shell.stdin.end();
  await once(shell, "close");
  return said.split("\n<<end>>\n").slice(0, -1);
}

// The commands are for a POSIX shell.
describe.skipIf(process.platform === "win32")("the commands of", () => {
  test.each([
    ["docs/api.md", 11],
    ["README.md", 1],
  ])("%s give the answers that it shows, when pasted in order", async (file, least) => {
    await fetch(`${stack().addresses.hub.url}/_emulator`, { method: "DELETE" });
    const blocks = blocksIn(await readFile(join(root, file), "utf8"));
    expect(blocks.length).toBeGreaterThanOrEqual(least);
    const answers = await paste(blocks);
    expect(answers).toHaveLength(blocks.length);
    for (const [index, { commands, shown }] of blocks.entries()) {
      expect({ commands, answer: normal(answers[index] ?? "") }).toEqual({
        commands,
        answer: normal(shown),
      });
    }
    expect(answers.join("\n")).toMatch(/fcmv1 {2}\S+ {2}New item added: Buy milk/);
  });
});
