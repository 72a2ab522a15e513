import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

/** A local stack that runs on this machine: what a program needs to speak with its services. */
export interface RunningStack {
  /** Where its functions are, or its hub if they were not started. */
  readonly address: string;
  /** Absent if they were not started. */
  readonly functions?: string | undefined;
  readonly hubUrl: string;
  /** The app's settings that connect it to the stack. Their keys are the public ones of emulators. */
  readonly settings: Readonly<Record<string, string>>;
  /** The names of those that the app has from the stack's environment instead. Their values may be secret. */
  readonly overridden: readonly string[];
}

const runningStack = v.object({
  address: v.string(),
  functions: v.optional(v.string()),
  hubUrl: v.string(),
  settings: v.record(v.string(), v.string()),
  overridden: v.array(v.string()),
});

/** Where `npm run local` notes the stacks of a folder, a file for each, named after its process. */
const folderIn = (directory: string) => join(directory, ".local");

/** Notes that this process runs a stack, for the programs that are run in the same directory. @returns what removes the note */
export async function noteStack(
  directory: string,
  stack: RunningStack,
): Promise<() => Promise<void>> {
  const folder = folderIn(directory);
  const file = join(folder, `${process.pid}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(stack), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** Returns the stack that was started last in a directory and still runs, or undefined. Removes the notes of others. */
export async function findStack(directory: string): Promise<RunningStack | undefined> {
  const folder = folderIn(directory);
  const names = await readdir(folder).catch(() => []);
  const notes = await Promise.all(names.map((name) => readNote(join(folder, name))));
  const [newest] = notes
    .flatMap((note) => note ?? [])
    .toSorted((one, other) => other.writtenAt - one.writtenAt);
  return newest?.stack;
}

interface Note {
  readonly stack: RunningStack;
  /** In milliseconds since 1970. */
  readonly writtenAt: number;
}

/** Reads a note. A process that was killed has left its note: its hub does not answer. */
async function readNote(file: string): Promise<Note | undefined> {
  const stack = await readStack(file);
  if (stack === undefined) return undefined;
  if (await isHub(stack.hubUrl)) {
    const written = await stat(file).catch(() => undefined);
    return written && { stack, writtenAt: written.mtimeMs };
  }
  await rm(file, { force: true });
  return undefined;
}

/** Returns the stack in a note, or undefined if it is gone or half written. */
async function readStack(file: string): Promise<RunningStack | undefined> {
  try {
    return v.parse(runningStack, JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Returns whether a hub emulator is at an address: it leads to its page, as no other program does that has its port now. */
export async function isHub(url: string): Promise<boolean> {
  return (await pageAt(new URL("/", url)))?.includes("/_emulator/") === true;
}

/** Returns the address of the page that a server shows, which may lead to another one; undefined if there is none within 2 s. */
export async function pageAt(url: string | URL): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok ? response.url : undefined;
  } catch {
    return undefined;
  }
}
