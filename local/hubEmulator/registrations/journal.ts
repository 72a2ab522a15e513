import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Change } from "./state.ts";

export interface Journal {
  /** The changes that earlier runs recorded, in order. */
  readonly changes: readonly Change[];
  /** Replaces all recorded changes with these, atomically. */
  compact(changes: Iterable<Change>): void;
  /** Records one change. When it returns, the change survives a kill of the process. */
  append(change: Change): void;
}

/**
 * Opens the journal of a hub. Each change is one line that starts with its checksum. If a kill cut off the
 * last line, the checksum does not match and the line is ignored.
 *
 * @throws if the directory can't be created, or a line other than the last is damaged
 */
export function openJournal(directory: string, hubName: string): Journal {
  fs.mkdirSync(directory, { recursive: true });
  const path = join(directory, `hub-${fileNameOf(hubName.toLowerCase())}.journal`);
  return {
    changes: read(path),
    compact(changes) {
      const temporary = `${path}.new`;
      const file = fs.openSync(temporary, "w");
      for (const change of changes) fs.writeFileSync(file, lineOf(change));
      fs.fsyncSync(file);
      fs.closeSync(file);
      fs.renameSync(temporary, path);
    },
    append(change) {
      const { size } = fs.statSync(path);
      try {
        fs.appendFileSync(path, lineOf(change));
      } catch (error) {
        // Otherwise the next change would be appended to a partial line.
        fs.truncateSync(path, size);
        throw error;
      }
    },
  };
}

/** A name may have 260 characters, and a file name 255. */
function fileNameOf(name: string): string {
  return name.length <= 100 ? name : createHash("sha256").update(name).digest("hex");
}

function lineOf(change: Change): string {
  const text = JSON.stringify(change);
  return `${checksum(text)} ${text}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

function read(path: string): Change[] {
  if (!fs.existsSync(path)) return [];
  const lines = fs.readFileSync(path, "utf8").split("\n");
  const changes: Change[] = [];
  for (const [i, line] of lines.entries()) {
    const text = line.slice(9);
    if (line.slice(0, 8) === checksum(text) && text !== "") {
      const change: Change = JSON.parse(text);
      changes.push(change);
    } else if (i < lines.length - 1) {
      throw new Error(`${path} is damaged at line ${i + 1}. Repair or delete the file.`);
    }
  }
  return changes;
}
