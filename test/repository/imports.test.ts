import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder = "";
let reported = "";

/** Imports that `npm run check` refuses: the file, and what it imports. */
const forbidden: readonly (readonly [file: string, specifier: string])[] = [
  ["src/hub/toLocal.ts", "../../local/listen.ts"],
  ["src/hub/toTest.ts", "../../test/support/until.ts"],
  ["src/hub/toOps.ts", "../../ops/smoke.ts"],
  ["src/hub/toBuild.ts", "../../build/bundle.ts"],
  ["src/hub/toFeature.ts", "../registration/device.ts"],
  ["src/http/toFeature.ts", "../auth/authenticate.ts"],
  ["src/registration/toFeature.ts", "../auth/authenticate.ts"],
  ["src/auth/tokens/toFeature.ts", "../../rows/table.ts"],
  ["src/delivery/toFeature.ts", "../rows/table.ts"],
  ["src/delivery/toForgetting.ts", "../forgetting/forgetUser.ts"],
  ["src/forgetting/toFeature.ts", "../delivery/isForgotten.ts"],
  ["src/messages/toFeature.ts", "../rows/insertRow.ts"],
  ["src/messages/toInsides.ts", "../delivery/fanOut.ts"],
  ["src/rows/toMessages.ts", "../messages/message.ts"],
  ["src/auth/toMessages.ts", "../messages/message.ts"],
  ["src/delivery/toMessages.ts", "../messages/message.ts"],
  ["src/http/toMessages.ts", "../messages/message.ts"],
  ["src/rows/toFunction.ts", "../functions/health.ts"],
  ["src/rows/toInsides.ts", "../delivery/fanOut.ts"],
  ["src/rows/toTables.ts", "../tables.ts"],
  ["src/rows/toTable.ts", "../tables/todoItem.ts"],
  ["src/delivery/toTables.ts", "../tables.ts"],
  ["src/functions/toTables.ts", "../tables.ts"],
  ["src/tables/toEngine.ts", "../rows/insertRow.ts"],
  ["src/tables/toFeature.ts", "../delivery/payload.ts"],
  ["src/functions/toShared.ts", "../hub/tags.ts"],
  ["local/toTest.ts", "../test/support/until.ts"],
  ["local/hubEmulator/toApp.ts", "../../src/user.ts"],
  ["local/hubEmulator/toLocal.ts", "../listen.ts"],
  ["local/hubEmulator/rest/toLocal.ts", "../../listen.ts"],
  ["local/toInsides.ts", "./hubEmulator/registrations/state.ts"],
  ["src/hub/toDiagnosis.ts", "../../diagnosis/cause.ts"],
  ["diagnosis/toApp.ts", "../src/user.ts"],
  ["ops/toLocal.ts", "../local/listen.ts"],
];

const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ["src/rows/toAnnouncement.ts", "../delivery/announcement.ts"],
  ["src/rows/toAnnounceInsert.ts", "../delivery/announceInsert.ts"],
  ["src/tables/toTable.ts", "../rows/table.ts"],
  ["src/tables/toKinds.ts", "../rows/memberKinds.ts"],
  ["src/messages/toAudience.ts", "../delivery/audience.ts"],
  ["src/auth/tokens/toParent.ts", "../authenticate.ts"],
  ["local/hubEmulator/toOwn.ts", "./server/listen.ts"],
  ["local/hubEmulator/rest/toOwn.ts", "../server/listen.ts"],
  ["local/toHub.ts", "./hubEmulator/emulator.ts"],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "imports-"));
  await cp(join(root, "biome.json"), join(folder, "biome.json"));
  const files: [string, string][] = [...forbidden, ...allowed].map(([file, specifier]) => [
    file,
    `import "${specifier}";\n`,
  ]);
  files.push(
    ["src/circle/one.ts", 'import type { Two } from "./two.ts";\nexport type One = Two | 1;\n'],
    ["src/circle/two.ts", 'import type { One } from "./one.ts";\nexport type Two = One | 2;\n'],
  );
  for (const [file, code] of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), code);
  }
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  const args = [
    biome,
    "lint",
    "--reporter=github",
    "--vcs-enabled=false",
    "--max-diagnostics=none",
  ];
  reported = await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_, stdout) => resolve(stdout));
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Returns the rules that a file breaks. */
function brokenBy(file: string): string[] {
  const lines = reported
    .split("\n")
    .filter((line) => line.replaceAll("\\", "/").includes(`/${file},`));
  return lines.flatMap((line) => /title=([^,]+)/.exec(line)?.[1] ?? []);
}

test.each(forbidden)("the check refuses that %s imports %s", (file) => {
  expect(brokenBy(file)).toContain("lint/style/noRestrictedImports");
});

test.each(allowed)("the check accepts that %s imports %s", (file) => {
  expect(brokenBy(file)).not.toContain("lint/style/noRestrictedImports");
});

test("the check refuses a circle, also of types", () => {
  expect(brokenBy("src/circle/one.ts")).toContain("lint/suspicious/noImportCycles");
});
