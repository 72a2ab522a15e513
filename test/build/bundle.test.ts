import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildApp } from "../../build/bundle.ts";

test("the existing bundle stays complete during a build", async () => {
  const bundle = join(import.meta.dirname, "../../dist/app/main.mjs");
  let building = true;
  const built = buildApp()
    .then(buildApp)
    .then(buildApp)
    .finally(() => {
      building = false;
    });
  while (building) {
    const seen = await readFile(bundle, "utf8");
    expect(seen.endsWith("\n//# sourceMappingURL=../source-maps/main.mjs.map\n")).toBe(true);
  }
  await built;
});
