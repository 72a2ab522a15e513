import * as v from "valibot";
import { isSecureUrl } from "../http/secureUrl.ts";
import { isTopic } from "../hub/tags.ts";
import { type Platform, platforms } from "../platforms/platforms.ts";
import type { StorageAccount } from "../storage/storageAccount.ts";
import type { AcceptedIssuer } from "./acceptedIssuer.ts";
import { readHubConnectionString, readStorageConnectionString } from "./connectionString.ts";
import { type Environment, guid, present } from "./environment.ts";
import { readIssuers } from "./issuers.ts";

/** All app settings, parsed and checked. */
export interface Settings {
  readonly storage: StorageAccount;
  readonly hub: { readonly connectionString: string; readonly name: string };
  readonly signIn: SignIn;
  /** The platforms to send to. */
  readonly platforms: readonly Platform[];
  /** The title of an item's notification. */
  readonly title: string;
  /** As of `PayloadSettings` in `platforms/platform.ts`. */
  readonly payload: {
    readonly appleTitle: boolean;
    readonly appleSound?: string;
    readonly appleFirebase: boolean;
    readonly androidChannel?: string;
  };
  /** The topics that devices may subscribe to. */
  readonly topics: readonly string[];
  /** The most messages of trusted backends in a minute, for this process; 0 for no bound. */
  readonly messagesPerMinute: number;
  /** The most writes, and the most lists that read many rows, of a user in a minute, for this process; 0 for no bound. */
  readonly writesPerMinute: number;
  /** The most writes of a user at once, as of an app that was offline: what `writesPerMinute` refills. At least 1. */
  readonly writesAtOnce: number;
  readonly scansPerMinute: number;
  /** The delay before the first retry of a delivery, in whole seconds. */
  readonly retrySeconds: number;
}

/** How users sign in. */
export type SignIn =
  /** Through App Service Authentication; `url` is its origin. */
  | { readonly kind: "platform"; readonly url: string }
  /** With tokens of these issuers, which this app verifies. */
  | { readonly kind: "tokens"; readonly issuers: readonly AcceptedIssuer[] };

/** Returns the names of the providers that users sign in with; undefined if App Service Authentication alone knows them. */
export function providersOf(signIn: SignIn): readonly string[] | undefined {
  return signIn.kind === "tokens" ? signIn.issuers.map(({ provider }) => provider) : undefined;
}

/** A bound on how often something is done. */
const perMinute = (usual: string) =>
  v.pipe(
    v.optional(v.string(), usual),
    v.regex(/^\d{1,6}$/, "must be a whole number from 0 to 999999; 0 is no bound."),
    v.transform(Number),
  );

/** Whether something is on, which it is not by default. */
const isOn = v.pipe(
  v.optional(v.string(), "false"),
  v.trim(),
  v.toLowerCase(),
  v.picklist(["true", "false"], "must be true or false."),
  v.transform((text) => text === "true"),
);

/** Whether a text is not empty, has at most so many UTF-16 units, and is well-formed without control characters. */
function isShown(longest: number): (text: string) => boolean {
  return (text) =>
    text !== "" && text.length <= longest && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

const schema = v.object({
  NotificationHub__connectionString: v.pipe(
    present("the connection string of an access policy of the hub with Manage, Listen and Send"),
    v.transform(readHubConnectionString),
    v.string(
      "is not a hub connection string. Use the form " +
        "Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=…;SharedAccessKey=… " +
        "(plain http is allowed only on loopback addresses).",
    ),
  ),
  NotificationHub__name: v.pipe(
    present("the notification hub's name"),
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,259}$/,
      "is not a valid hub name. Use only letters, digits, dots, underscores and hyphens.",
    ),
  ),
  Push__platforms: v.pipe(
    v.optional(v.string(), platforms.join(",")),
    v.transform((text) => text.split(",").map((name) => name.trim())),
    v.array(v.picklist(platforms, `must be a comma-separated list of ${platforms.join(", ")}.`)),
    v.transform((names) => [...new Set(names)]),
  ),
  Push__title: v.pipe(
    // The tutorial's.
    v.optional(v.string(), "New item added:"),
    v.trim(),
    v.check(isShown(200), "must be 1 to 200 UTF-16 units without control characters."),
  ),
  Push__appleTitle: isOn,
  Push__appleFirebase: isOn,
  Push__appleSound: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(/^[\w. -]{1,64}$/, "must be default, or the name of a sound file in the app."),
    ),
  ),
  Push__androidChannel: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.check(isShown(100), "must be the id of a notification channel, 1 to 100 characters."),
    ),
  ),
  Push__topics: v.pipe(
    v.optional(v.string(), ""),
    v.transform((text) => (text.trim() === "" ? [] : text.split(",").map((name) => name.trim()))),
    v.array(
      v.pipe(
        v.string(),
        v.check(
          isTopic,
          "must be a comma-separated list of names of 1 to 64 lower-case letters, digits and hyphens.",
        ),
      ),
    ),
    v.transform((names) => [...new Set(names)]),
  ),
  Push__messagesPerMinute: perMinute("60"),
  Limits__writesPerMinute: perMinute("120"),
  Limits__writesAtOnce: v.pipe(
    v.optional(v.string(), "1000"),
    v.regex(/^[1-9]\d{0,5}$/, "must be a whole number from 1 to 999999."),
    v.transform(Number),
  ),
  Limits__scansPerMinute: perMinute("300"),
  Delivery__retrySeconds: v.pipe(
    v.optional(v.string(), "15"),
    v.regex(/^[1-9]\d{0,3}$/, "must be a whole number of seconds from 1 to 9999."),
    v.transform(Number),
  ),
});

const storageSchema = v.pipe(
  present(
    "the storage account's connection string, or set AzureWebJobsStorage__accountName to its name",
  ),
  v.transform(readStorageConnectionString),
  v.custom<StorageAccount>(
    (account) => account !== undefined,
    "is not a storage connection string. Use the form " +
      "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net " +
      "or UseDevelopmentStorage=true (plain http is allowed only on loopback addresses).",
  ),
);

const identitySchema = v.object({
  // An empty text counts too: the Functions host then finds no connection, and disables the queue's function.
  AzureWebJobsStorage: v.optional(
    v.never(
      "and AzureWebJobsStorage__accountName are both set. Remove one of them, also if it is empty.",
    ),
  ),
  AzureWebJobsStorage__accountName: v.pipe(
    present("the storage account's name"),
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    v.regex(/^[a-z0-9]{3,24}$/, "is not a storage account name. Use 3 to 24 of a-z and 0-9."),
  ),
  AzureWebJobsStorage__credential: v.pipe(
    present("managedidentity"),
    v.literal("managedidentity", "must be managedidentity."),
  ),
  AzureWebJobsStorage__clientId: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(guid, "must be an identity's client id, a GUID.")),
  ),
});

/**
 * Reads every app setting from the environment.
 *
 * @throws one Error that names every missing or invalid setting and says how to fix it, in one line, because the
 * Functions host makes an entry of its log of each line; it never quotes a value, which may be a secret
 */
export function readSettings(environment: Environment): Settings {
  const faults: string[] = [];
  const result = v.safeParse(schema, environment, { abortPipeEarly: true });
  if (!result.success) nameFaults(result.issues, faults);
  const storage = readStorage(environment, faults);
  const signIn = readSignIn(environment, faults);
  if (!result.success || !storage || faults.length > 0) {
    throw new Error(`The app settings are not valid: ${faults.join(" ")}`);
  }
  const settings = result.output;
  return {
    storage,
    hub: {
      connectionString: settings.NotificationHub__connectionString,
      name: settings.NotificationHub__name,
    },
    signIn,
    platforms: settings.Push__platforms,
    title: settings.Push__title,
    payload: {
      appleTitle: settings.Push__appleTitle,
      appleFirebase: settings.Push__appleFirebase,
      ...(settings.Push__appleSound !== undefined && { appleSound: settings.Push__appleSound }),
      ...(settings.Push__androidChannel !== undefined && {
        androidChannel: settings.Push__androidChannel,
      }),
    },
    topics: settings.Push__topics,
    messagesPerMinute: settings.Push__messagesPerMinute,
    writesPerMinute: settings.Limits__writesPerMinute,
    writesAtOnce: settings.Limits__writesAtOnce,
    scansPerMinute: settings.Limits__scansPerMinute,
    retrySeconds: settings.Delivery__retrySeconds,
  };
}

/** Adds one sentence for each setting: that of the first step of its pipe that fails. */
function nameFaults(issues: readonly v.BaseIssue<unknown>[], faults: string[]): void {
  const named = new Map(issues.map((issue) => [v.getDotPath(issue)?.split(".")[0], issue]));
  for (const [name, issue] of named) faults.push(`${name} ${issue.message}`);
}

/** Reads how to reach storage: by an identity if any of its settings exists, else by a connection string. */
function readStorage(environment: Environment, faults: string[]): StorageAccount | undefined {
  const byIdentity = Object.keys(identitySchema.entries).some(
    (name) => name.includes("__") && environment[name] !== undefined,
  );
  if (byIdentity) {
    const result = v.safeParse(identitySchema, environment, { abortPipeEarly: true });
    if (!result.success) {
      nameFaults(result.issues, faults);
      return undefined;
    }
    const { AzureWebJobsStorage__accountName, AzureWebJobsStorage__clientId } = result.output;
    return {
      kind: "identity",
      accountName: AzureWebJobsStorage__accountName,
      ...(AzureWebJobsStorage__clientId !== undefined && {
        clientId: AzureWebJobsStorage__clientId,
      }),
    };
  }
  const result = v.safeParse(storageSchema, environment["AzureWebJobsStorage"], {
    abortPipeEarly: true,
  });
  if (result.success) return result.output;
  faults.push(`AzureWebJobsStorage ${result.issues[0].message}`);
  return undefined;
}

/**
 * Reads how users sign in. The platform sets `WEBSITE_AUTH_ENABLED` and `WEBSITE_HOSTNAME`
 * (https://learn.microsoft.com/azure/app-service/reference-app-settings).
 */
function readSignIn(environment: Environment, faults: string[]): SignIn {
  const byPlatform = environment["WEBSITE_AUTH_ENABLED"]?.trim().toLowerCase() === "true";
  const issuers = readIssuers(environment, !byPlatform, faults);
  if (!byPlatform) return { kind: "tokens", issuers };
  const host = environment["WEBSITE_HOSTNAME"]?.trim() ?? "";
  if (!/^[a-z0-9.-]+(:\d+)?$/i.test(host)) faults.push("WEBSITE_HOSTNAME does not name a host.");
  const plain = `http://${host}`;
  return { kind: "platform", url: isSecureUrl(plain) ? plain : `https://${host}` };
}
