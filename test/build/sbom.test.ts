import { join } from "node:path";
import { expect, test } from "vitest";
import { sbomOf } from "../../build/sbom.ts";

const root = join(import.meta.dirname, "../..");

test("the bill of materials lists each package of a bundle once, with its version and licence", async () => {
  const input = { bytes: 1, imports: [] };
  const inputs = {
    "src/main.ts": input,
    "node_modules/valibot/dist/index.mjs": input,
    "node_modules/@azure/functions/dist/azure-functions.js": input,
    "node_modules/@azure/functions/dist/other.js": input,
  };
  const sbom = await sbomOf({ inputs, outputs: {} }, root, { name: "an-app", version: "1.0.0" });
  expect(JSON.parse(sbom)).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "an-app", version: "1.0.0" } },
    components: [
      {
        purl: expect.stringMatching(/^pkg:npm\/%40azure\/functions@4\./),
        licenses: [{ license: { id: "MIT" } }],
      },
      { purl: expect.stringMatching(/^pkg:npm\/valibot@1\./) },
    ],
  });
  expect(JSON.parse(sbom).components).toHaveLength(2);
});
