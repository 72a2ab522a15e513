import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ownFunctions } from "../src/ownFunctions.ts";
import { checkTables } from "../src/rows/checkTables.ts";
import { functionNames } from "../src/rows/functionNames.ts";
import type { Table } from "../src/rows/table.ts";
import { ownTables, storedTables } from "../src/storedTables.ts";
import { tables } from "../src/tables.ts";
import { pathsOf, schemasOf } from "./tableContract.ts";

/*
 * Writes what follows from the list of tables (src/tables.ts): sections of documents, the table names of the template, and
 * the types of the client. With --check it only says what is stale.
 */

checkTables(tables, { functions: ownFunctions, tables: ownTables });

const root = join(import.meta.dirname, "..");
const isCheck = process.argv[2] === "--check";

/** Replaces the text between two marks, which stay. @throws an Error if a mark is missing */
function section(text: string, name: string, content: string): string {
  const begin = new RegExp(`^( *)(?:#|<!--) begin of ${name}[^\\n]*\\n`, "m").exec(text);
  const end = new RegExp(`^ *(?:#|<!--) end of ${name}`, "m").exec(text);
  if (!begin || !end) throw new Error(`The marks of ${name} are missing.`);
  const indented = content.trimEnd().replaceAll(/^(?=.)/gm, begin[1] ?? "");
  return `${text.slice(0, begin.index + begin[0].length)}${indented}\n${text.slice(end.index)}`;
}

/** Fails if two parts have one name, or one has the name of a part that is written by hand. */
function merged(of: (table: Table) => object, byHand: object): string {
  const names = [byHand, ...tables.map(of)].flatMap((part) => Object.keys(part));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    process.stderr.write(`Two parts of docs/openapi.yaml are called ${twice}: rename a table.\n`);
    process.exit(1);
  }
  const parts = Object.assign({}, ...tables.map(of));
  if (tables.length === 0) return "";
  return stringify(parts, { lineWidth: 118, aliasDuplicateObjects: false });
}

function functionRows(): string {
  const rows = tables.flatMap((table) => {
    const names = functionNames(table);
    const path = `/tables/${table.name}`;
    return [
      `| \`${names.insert}\` | \`POST ${path}\` | 201 and the item |`,
      `| \`${names.list}\` | \`GET ${path}\` | 200 and an array of your items |`,
      `| \`${names.get}\` | \`GET ${path}/{id}\` | 200 and the item |`,
      `| \`${names.update}\` | \`PATCH ${path}/{id}\` | 200 and the item |`,
      `| \`${names.delete}\` | \`DELETE ${path}/{id}\` | 204 |`,
    ];
  });
  return ["", "| Function of a table | Route | Answer |", "|---|---|---|", ...rows, ""].join("\n");
}

const files: readonly (readonly [file: string, write: (text: string) => string])[] = [
  [
    "docs/openapi.yaml",
    (text) => {
      const empty = section(section(text, "the paths of tables", ""), "the schemas of tables", "");
      const { paths, components } = parse(empty);
      const withPaths = section(empty, "the paths of tables", merged(pathsOf, paths));
      return section(withPaths, "the schemas of tables", merged(schemasOf, components.schemas));
    },
  ],
  ["docs/api.md", (text) => section(text, "the functions of tables", `${functionRows()}\n\n`)],
  [
    "infra/tables.json",
    () =>
      `${JSON.stringify(
        storedTables.map(({ name }) => name),
        undefined,
        2,
      )}\n`,
  ],
];

const stale: string[] = [];
for (const [name, write] of files) {
  const file = join(root, name);
  const text = readFileSync(file, "utf8");
  const written = write(text);
  if (written === text) continue;
  if (isCheck) stale.push(name);
  else writeFileSync(file, written);
}
if (stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(", ")}. Run: npm run generate\n`);
  process.exitCode = 1;
} else {
  const client = join(root, "clients/typescript/generate.ts");
  try {
    execFileSync(process.execPath, [client, ...process.argv.slice(2)], { stdio: "inherit" });
  } catch {
    process.exitCode = 1;
  }
}
