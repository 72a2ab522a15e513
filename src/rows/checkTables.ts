import { readContent } from "../delivery/announcementContent.ts";
import type { Fault } from "../http/problem.ts";
import { functionNames } from "./functionNames.ts";
import { readNewRow } from "./rowBody.ts";
import type { Table } from "./table.ts";

/** The names of members that every row has, that storage has, or that are no names of members in JavaScript. */
const reserved: ReadonlySet<string> = new Set(
  [
    ...["id", "createdAt", "updatedAt", "version", "deleted"],
    ...["contentDigest", "intentId", "isDeleted"],
    ...["partitionKey", "rowKey", "timestamp", "etag", "prototype"],
    // What every object has.
    ...Object.getOwnPropertyNames(Object.prototype),
    // The words of a filter.
    ...["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "true", "false", "null"],
  ].map((name) => name.toLowerCase()),
);

/** Storage's rule for the name of a table (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model). */
const tableName = /^[A-Za-z][A-Za-z0-9]{2,62}$/;

/** Storage allows 252 properties in an entity, beside its keys and time; the app writes five of them. */
const mostMembers = 240;

/**
 * The most UTF-16 units that the texts of a row may have together. Storage keeps at most 1 MiB of an entity
 * (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model), with 2 bytes for each.
 * A body is smaller, but a row grows with each update.
 */
const mostText = 480_000;

/** What the app has beside its tables: nothing of a table may have the same name, in any case. */
export interface Taken {
  /** The names of functions. */
  readonly functions: readonly string[];
  /** The names of tables in storage. */
  readonly tables: readonly string[];
}

/**
 * Checks the definitions of all tables, once, when the app starts.
 *
 * @throws one Error that names every table and what is wrong with it, in one line
 */
export function checkTables(tables: readonly Table[], taken: Taken): void {
  const functions = new Set(taken.functions.map(lower));
  const names = new Set(taken.tables.map(lower));
  const faults = tables.flatMap((table) => {
    const own = faultsOf(table);
    if (names.has(lower(table.name))) own.push("another table has its name");
    names.add(lower(table.name));
    for (const name of Object.values(functionNames(table))) {
      if (functions.has(lower(name))) {
        own.push(`another function is called ${name}: choose another name or plural`);
      }
      functions.add(lower(name));
    }
    return own.map((fault) => `${table.name}: ${fault}.`);
  });
  if (faults.length > 0) throw new Error(`The tables are not sound: ${faults.join(" ")}`);
}

function lower(name: string): string {
  return name.toLowerCase();
}

function faultsOf(table: Table): string[] {
  const faults: string[] = [];
  if (!tableName.test(table.name) || lower(table.name) === "tables") {
    faults.push(
      "its name must be 3 to 63 letters and digits, begin with a letter, and not be tables",
    );
  }
  if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(table.plural)) {
    faults.push("its plural must be letters and digits, and begin with a letter");
  }
  if (table.members.size > mostMembers) faults.push(`it has more than ${mostMembers} members`);
  const lengths = [...table.members.values()].map(({ schema }) => Number(schema["maxLength"] ?? 0));
  if (lengths.reduce((sum, length) => sum + length, 0) > mostText) {
    faults.push(`its texts may have more than ${mostText} UTF-16 units together`);
  }
  const seen = new Set<string>();
  for (const [name, member] of table.members) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)) {
      faults.push(
        `the member ${name} must be 1 to 64 letters, digits and _, and begin with a letter`,
      );
    }
    if (reserved.has(lower(name))) faults.push(`the name of the member ${name} is reserved`);
    if (seen.has(lower(name))) faults.push(`two members are called ${name}, in some case`);
    if (table.ignored.has(name)) faults.push(`the member ${name} is ignored, too`);
    seen.add(lower(name));
    for (const fault of member.faults) faults.push(`of the member ${name}, ${fault}`);
  }
  if (table.ignored.has("id")) faults.push("id cannot be ignored");
  if (faults.length === 0) faults.push(...faultsOfExample(table));
  return faults;
}

/** Returns what is wrong with the example, and with what the definition announces of it. */
function faultsOfExample(table: Table): string[] {
  const reading = readNewRow(table, { id: "example", ...table.example });
  if (reading.kind === "problem") return [`its example is refused (${reading.problem.detail})`];
  try {
    const said = table.announce(reading.row.id, reading.row.members);
    if (said === undefined) return [];
    const faults: Fault[] = [];
    readContent(said.silent ? { ...said } : { title: "title", ...said }, faults);
    return faults.map(
      ({ detail }) => `announceInsert says what cannot be sent (${detail.replace(/\.$/, "")})`,
    );
  } catch (error) {
    return [`announceInsert throws ${error instanceof Error ? error.name : typeof error}`];
  }
}
