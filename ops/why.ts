import { readOptions, refuse } from "../cli/options.ts";
import { type Cause, causes, firstCause, noCause } from "../diagnosis/cause.ts";
import { isId } from "../src/http/members.ts";
import { createHubClient } from "../src/hub/hubClient.ts";
import { createRegistrationHub } from "../src/registration/azureRegistrationHub.ts";
import { readSettings } from "../src/settings/settings.ts";
import { storageFailure } from "../src/storage/failure.ts";
import { isUserId, userDigest } from "../src/user.ts";
import { fail, readSettingsByName, storageOfOperator } from "./operatorSettings.ts";
import { lookAtDevices, lookAtHub } from "./why/devices.ts";
import { lookAtItem } from "./why/item.ts";
import { lookAtMessage } from "./why/message.ts";
import { countWaiting, lookAtQueues } from "./why/queue.ts";
import { faulty, type Step, sound } from "./why/step.ts";
import { sendTest } from "./why/testSend.ts";

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

/** Looks at each part of the way. Ends early if the rest cannot be looked at. */
async function look(digest: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  looking("the settings");
  let settings: ReturnType<typeof readSettings>;
  try {
    settings = readSettings(await readSettingsByName());
  } catch (error) {
    return [faulty("settings", "settings", error instanceof Error ? error.message : "")];
  }
  steps.push(sound("settings", "They are sound."));
  const storage = await storageOfOperator(settings.storage);
  const hub = createHubClient(settings.hub.connectionString, settings.hub.name);
  const registrations = createRegistrationHub(hub);

  looking("storage");
  try {
    const waiting = await countWaiting(storage);
    steps.push(sound("storage", "Storage answers."));

    looking("the hub");
    const hubStep = await lookAtHub(registrations, digest);
    steps.push(hubStep);
    const isHubSound = hubStep.causes.length === 0;
    const { step, devices } = isHubSound
      ? await lookAtDevices(registrations, digest, settings.platforms)
      : { step: undefined, devices: [] };
    if (step) steps.push(step);

    let intentId: string | undefined;
    let mayWait = false;
    if (item !== undefined) {
      looking("the item");
      const found = await lookAtItem(storage, digest, item);
      ({ intentId, mayWait = false } = found);
      steps.push(found.step);
    }
    if (message !== undefined) {
      looking("the message");
      const found = await lookAtMessage(storage, hub, message, digest, devices);
      intentId = found.intentId;
      steps.push(...found.steps);
    }
    looking("the queues");
    const platforms = devices.map((one) => one.platform);
    steps.push(await lookAtQueues(storage, waiting, intentId, mayWait, platforms));
    const id = item ?? message;
    if (id !== undefined) {
      const query = `AppTraces | where Message contains '"${id}"' | order by TimeGenerated asc`;
      steps.push(sound("log", `In Application Insights: ${query}`));
    }
    if (options["send-test"] && isHubSound) {
      for (const platform of new Set(devices.map((one) => one.platform))) {
        looking(`a test send to ${platform}`);
        steps.push(await sendTest(hub, digest, platform));
      }
    }
  } catch (error) {
    const says = "Storage does not answer as it should.";
    steps.push(faulty("storage", causeOfStorage(error), says));
  }
  return steps;
}

/** Returns the cause for an error of storage. An error that says that the request is wrong means another account. */
function causeOfStorage(error: unknown): "storageRefuses" | "storageDown" {
  try {
    return storageFailure(error).kind === "refused" ? "storageRefuses" : "storageDown";
  } catch {
    return "storageRefuses";
  }
}

try {
  const steps = await look(userDigest(user));
  const cause = firstCause(steps.flatMap((step) => step.causes));
  const verdict: Cause = cause === undefined ? noCause : causes[cause];
  if (options.json) {
    const found = { cause: cause ?? "none", ...verdict };
    process.stdout.write(`${JSON.stringify({ verdict: found, steps })}\n`);
  } else {
    const lines = steps.flatMap(({ at, says, causes: found }) => [
      `${found.length > 0 ? "!!" : "ok"} ${at}`,
      ...says.map((one) => `     ${one}`),
    ]);
    process.stdout.write(
      [verdict.sentence, `What to do: ${verdict.remedy}`, "", ...lines, ""].join("\n"),
    );
  }
} catch (error) {
  fail(error);
}
