import { type Cause, type CauseName, causes, firstCause, noCause } from "../../diagnosis/cause.ts";
import { isLoopback } from "../../src/http/secureUrl.ts";
import { createHubClient } from "../../src/hub/hubClient.ts";
import { createRegistrationHub } from "../../src/registration/azureRegistrationHub.ts";
import { providersOf, readSettings } from "../../src/settings/settings.ts";
import { storageFailure } from "../../src/storage/failure.ts";
import { providerOf, type UserId, userDigest } from "../../src/user.ts";
import { type SettingsByName, storageOfOperator } from "../operatorSettings.ts";
import { StorageFailedError } from "../poisonQueue.ts";
import { lookAtDevices, lookAtHub } from "./devices.ts";
import { lookAtItem } from "./item.ts";
import { lookAtMessage } from "./message.ts";
import { countWaiting, lookAtQueues } from "./queue.ts";
import { faulty, type Step, sound } from "./step.ts";
import { sendTest } from "./testSend.ts";

/** What a program asks. */
export interface Question {
  readonly user: UserId;
  readonly item?: { readonly table: string; readonly id: string } | undefined;
  readonly message?: string | undefined;
  /** Whether to send a test notification to the user's devices. */
  readonly isTestSent: boolean;
}

/**
 * Looks at each part of the way of a notification. Ends early if the rest cannot be looked at.
 *
 * @param byName the app's settings
 * @param looking receives what is looked at now
 */
export async function look(
  byName: SettingsByName,
  { user, item, message, isTestSent }: Question,
  looking: (what: string) => void,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  looking("the settings");
  let settings: ReturnType<typeof readSettings>;
  try {
    settings = readSettings(byName);
  } catch (error) {
    return [faulty("settings", "settings", error instanceof Error ? error.message : "")];
  }
  const providers = providersOf(settings.signIn);
  if (providers && !providers.includes(providerOf(user))) {
    const says = `The providers are ${providers.join(", ")}.`;
    return [faulty("settings", "noProvider", "They are sound.", says)];
  }
  const digest = userDigest(user);
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
      const found = await lookAtItem(storage, item.table, digest, item.id);
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
    const id = item?.id ?? message;
    if (id !== undefined) {
      steps.push(sound("log", whereLogged(id, settings.hub.connectionString)));
    }
    if (isTestSent && isHubSound) {
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

/**
 * Returns where the log lines of an item or message are. A hub on this machine belongs to an app that has no Application
 * Insights.
 */
export function whereLogged(id: string, hub: string): string {
  const [, endpoint = ""] = /(?:^|;)Endpoint=([^;]+)/i.exec(hub) ?? [];
  return isLoopback(new URL(endpoint).hostname)
    ? `npm run local -- --verbose prints the lines that name "${id}".`
    : `In Application Insights: AppTraces | where Message contains '"${id}"' | order by TimeGenerated asc`;
}

/** Returns the cause for an error of storage. An error that says that the request is wrong means another account. */
function causeOfStorage(error: unknown): "storageRefuses" | "storageDown" {
  try {
    const { kind } = error instanceof StorageFailedError ? error.failure : storageFailure(error);
    return kind === "refused" ? "storageRefuses" : "storageDown";
  } catch {
    return "storageRefuses";
  }
}

/** What a program answers. */
export interface Verdict extends Cause {
  readonly cause: CauseName | "none";
}

/** Returns the cause that counts most. */
export function verdictOf(steps: readonly Step[]): Verdict {
  const cause = firstCause(steps.flatMap((step) => step.causes));
  return { cause: cause ?? "none", ...(cause === undefined ? noCause : causes[cause]) };
}
