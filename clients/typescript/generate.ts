import { writeFileSync } from "node:fs";
import { join } from "node:path";
import openapiTypescript, { astToString } from "openapi-typescript";

// Writes contract.ts, the types of docs/openapi.yaml. With --check it only says whether contract.ts is current.

const contract = new URL("../../docs/openapi.yaml", import.meta.url);
const file = join(import.meta.dirname, "contract.ts");

const types = astToString(
  await openapiTypescript(contract, { alphabetize: true, defaultNonNullable: false }),
);
const text = `// Generated from docs/openapi.yaml by generate.ts.\n\n${types}`;

if (process.argv[2] === "--check") {
  const { readFileSync } = await import("node:fs");
  if (readFileSync(file, "utf8") !== text) {
    process.stderr.write("clients/typescript/contract.ts is stale. Run: npm run generate\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
