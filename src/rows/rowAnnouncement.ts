import { randomUUID } from "node:crypto";
import type { Announcement, TooLarge } from "../delivery/announcement.ts";
import { readContent } from "../delivery/announcementContent.ts";
import { isJsonObject } from "../http/parseJson.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import type { NewRow } from "./rowBody.ts";
import type { Table } from "./table.ts";

const silent = "silent-";

/** Returns what a row that is not announced has in place of an intent: it too tells the inserts of one id apart. */
export function silentIntentId(): string {
  return `${silent}${randomUUID()}`;
}

/** Returns whether the id of a row's intent says that the row was not announced. */
export function isSilent(intentId: string | undefined): boolean {
  return intentId?.startsWith(silent) ?? false;
}

/** A mistake in a definition. Its name, which is logged, says where to look and quotes no value. */
class AnnounceInsertFailed extends Error {
  /** @param did what the function did, such as `threw TypeError` */
  constructor({ name }: Table, did: string, cause?: unknown) {
    super();
    this.name = `announceInsert of ${name} ${did}`;
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}

export type AnnouncementReading =
  | { readonly kind: "announcement"; readonly announcement: Announcement }
  /** The definition announces nothing of this row. */
  | { readonly kind: "silent" }
  /** What the definition makes of this row is no announcement: its text is empty, for example. */
  | { readonly kind: "problem"; readonly problem: Problem };

/**
 * Returns the announcement of a new row to its owner's devices, or why there is none. The definition's example gives one
 * that is sound (`checkTables.ts`), so what is too long or empty here comes from the body.
 *
 * @param usualTitle of a notification whose definition gives none
 * @throws AnnounceInsertFailed if the definition's function throws, or returns what no body can make of an announcement
 */
export function announcementOf(
  table: Table,
  usualTitle: string,
  userDigest: string,
  { id, members }: NewRow,
  tooLarge: TooLarge,
): AnnouncementReading {
  let said: ReturnType<Table["announce"]>;
  try {
    said = table.announce(id, members);
  } catch (error) {
    const did = `threw ${error instanceof Error ? error.name : typeof error}`;
    throw new AnnounceInsertFailed(table, did, error);
  }
  if (said === undefined) return { kind: "silent" };
  // JavaScript holds a definition to no type.
  if (!isJsonObject(said)) throw new AnnounceInsertFailed(table, "returned no announcement");
  const { title = usualTitle, ...others } = said;
  const faults: Fault[] = [];
  const content = readContent(said["silent"] === true ? said : { title, ...others }, faults);
  if (content === undefined) {
    const { text = "", data = {} } = said;
    const areTexts = typeof title === "string" && typeof text === "string" && isJsonObject(data);
    const own = faults.find(({ pointer }) => !areTexts || !ofBody.has(pointer));
    if (own !== undefined) {
      throw new AnnounceInsertFailed(table, `returned what cannot be sent: ${own.detail}`);
    }
    return unsendable(faults);
  }
  const announcement: Announcement = {
    audience: { kind: "user", digest: userDigest },
    source: { table: table.name, partition: userDigest, rowId: id },
    ...content,
  };
  const excess = tooLarge(announcement);
  return excess.length > 0 ? unsendable(excess) : { kind: "announcement", announcement };
}

/** What a body can make too long or too large, in an announcement whose example is sound. */
const ofBody: ReadonlySet<string> = new Set(["#/title", "#/text", "#/data"]);

function unsendable(faults: readonly Fault[]): AnnouncementReading {
  const inNotification = faults.map(({ detail }) => ({
    pointer: "#",
    detail: `The notification of this item cannot be sent: ${detail}`,
  }));
  return { kind: "problem", problem: badInput(inNotification) };
}
