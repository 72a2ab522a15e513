import { readOptions, refuse } from "../cli/options.ts";
import { isId } from "../src/http/members.ts";
import { tables } from "../src/tables.ts";
import { isUserId } from "../src/user.ts";
import { fail, readSettingsByName } from "./operatorSettings.ts";
import { look, verdictOf } from "./why/look.ts";

const usage = `npm run why -- --user ID [[--table NAME] --item ID | --message ID] [--send-test] [--json]

Tells why a notification did not arrive. Goes along its way, with the app's settings from the environment or from
local.settings.json: settings, storage, hub, the user's devices, the item or message, the queues. ID of a user is such as
facebook:123. NAME is the item's table: ${tables.map(({ name }) => name).join(" or ")}.

  --send-test   sends a test notification to the user's real devices, and tells what the platforms say of each
  --json        prints one line of JSON

Exits with 0 if nothing is wrong that can be seen, with 1 if it found a cause, and with 2 if it could not look.`;

/** The exit codes. A program that calls this one tells by them what it found. */
const [foundCause, couldNotLook] = [1, 2];

const { user, table, item, message, ...options } = readOptions(
  usage,
  {
    user: { type: "string" },
    table: { type: "string" },
    item: { type: "string" },
    message: { type: "string" },
    "send-test": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
  couldNotLook,
);
if (!isUserId(user))
  refuse("--user must be a user's id, such as facebook:123.", usage, couldNotLook);
if (item !== undefined && message !== undefined)
  refuse("Give --item or --message.", usage, couldNotLook);
const named = tables.find((one) => one.name.toLowerCase() === table?.toLowerCase());
if (table !== undefined && named === undefined) {
  refuse(`--table must be ${tables.map(({ name }) => name).join(" or ")}.`, usage, couldNotLook);
}
const tableOfItem = named ?? (tables.length === 1 ? tables[0] : undefined);
if (item !== undefined && tableOfItem === undefined) {
  const why = tables.length === 0 ? "there is no table" : "--item needs --table: there are several";
  refuse(`${why}.`, usage, couldNotLook);
}
for (const [name, id] of Object.entries({ item, message })) {
  if (id !== undefined && !isId(id)) {
    refuse(`--${name} must be 1 to 64 letters, digits, - and _.`, usage, couldNotLook);
  }
}

/** Says on a terminal what is looked at. */
function looking(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`Looking at ${what} …\n`);
}

try {
  const question = {
    user,
    item: item !== undefined && tableOfItem ? { table: tableOfItem.name, id: item } : undefined,
    message,
    isTestSent: options["send-test"],
  };
  const steps = await look(await readSettingsByName(), question, looking);
  const verdict = verdictOf(steps);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ verdict, steps })}\n`);
  } else {
    const lines = steps.flatMap(({ at, says, causes }) => [
      `${causes.length > 0 ? "!!" : "ok"} ${at}`,
      ...says.map((one) => `     ${one}`),
    ]);
    process.stdout.write(
      [verdict.sentence, `What to do: ${verdict.remedy}`, "", ...lines, ""].join("\n"),
    );
  }
  if (verdict.cause !== "none") process.exitCode = foundCause;
} catch (error) {
  fail(error, couldNotLook);
}
