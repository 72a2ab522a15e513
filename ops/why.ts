import { readOptions, refuse } from "../cli/options.ts";
import { isId } from "../src/http/members.ts";
import { isUserId, userDigest } from "../src/user.ts";
import { fail, readSettingsByName } from "./operatorSettings.ts";
import { look, verdictOf } from "./why/look.ts";

const usage = `npm run why -- --user ID [--item ID | --message ID] [--send-test] [--json]

Tells why a notification did not arrive. Goes along its way, with the app's settings from the environment or from
local.settings.json: settings, storage, hub, the user's devices, the item or message, the queues. ID of a user is such as
facebook:123.

  --send-test   sends a test notification to the user's real devices, and tells what the platforms say of each
  --json        prints one line of JSON`;

const { user, item, message, ...options } = readOptions(usage, {
  user: { type: "string" },
  item: { type: "string" },
  message: { type: "string" },
  "send-test": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
});
if (!isUserId(user)) refuse("--user must be a user's id, such as facebook:123.", usage);
if (item !== undefined && message !== undefined) refuse("Give --item or --message.", usage);
for (const [name, id] of Object.entries({ item, message })) {
  if (id !== undefined && !isId(id)) {
    refuse(`--${name} must be 1 to 64 letters, digits, - and _.`, usage);
  }
}

/** Says on a terminal what is looked at. */
function looking(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`Looking at ${what} …\n`);
}

try {
  const question = {
    userDigest: userDigest(user),
    item,
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
} catch (error) {
  fail(error);
}
