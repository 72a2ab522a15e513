import * as v from "valibot";
import type { AcceptedIssuer } from "../auth/tokens/acceptedIssuer.ts";
import { isSecureUrl } from "../http/secureUrl.ts";
import { type Platform, platforms } from "../hub/platform.ts";
import type { StorageAccount } from "../storage/storageAccount.ts";
import { isHubConnectionString, isStorageConnectionString } from "./connectionString.ts";
import { type Environment, guid, present } from "./environment.ts";
import { readIssuers } from "./issuers.ts";

/** Every app setting, read and checked. */
export interface Settings {
  readonly storage: StorageAccount;
  readonly hub: { readonly connectionString: string; readonly name: string };
  readonly signIn: SignIn;
  /** The platforms to send to. */
  readonly platforms: readonly Platform[];
  /** The delay of the first retry of a delivery, in whole seconds. */
  readonly retrySeconds: number;
}

/** How users sign in. */
export type SignIn =
  /** At App Service Authentication, which is found at `url`, an origin. */
  | { readonly kind: "platform"; readonly url: string }
  /** At these issuers, whose tokens this app verifies. */
  | { readonly kind: "tokens"; readonly issuers: readonly AcceptedIssuer[] };

const schema = v.object({
  NotificationHub__connectionString: v.pipe(
    present("the connection string of an access policy of the hub with Manage, Listen and Send"),
    v.check(
      isHubConnectionString,
      "is not a hub connection string: it has the form " +
        "Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=…;SharedAccessKey=…; " +
        "plain http is for loopback addresses.",
    ),
  ),
  NotificationHub__name: v.pipe(
    present("the notification hub's name"),
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,259}$/,
      "is not the name of a hub: letters, digits and ._- only.",
    ),
  ),
  Push__platforms: v.pipe(
    v.optional(v.string(), platforms.join(",")),
    v.transform((text) => text.split(",").map((name) => name.trim())),
    v.array(v.picklist(platforms, `takes ${platforms.join(", ")}, separated by commas.`)),
    v.transform((names) => [...new Set(names)]),
  ),
  Delivery__retrySeconds: v.pipe(
    v.optional(v.string(), "15"),
    v.regex(/^[1-9]\d{0,3}$/, "takes a whole number of seconds from 1 to 9999."),
    v.transform(Number),
  ),
});

const storageSchema = v.pipe(
  present(
    "the storage account's connection string, or its name in AzureWebJobsStorage__accountName,",
  ),
  v.check(
    isStorageConnectionString,
    "is not a storage connection string: it has the form " +
      "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net, " +
      "or is UseDevelopmentStorage=true; plain http is for loopback addresses.",
  ),
);

const identitySchema = v.object({
  AzureWebJobsStorage: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.empty("and AzureWebJobsStorage__accountName are both there: keep one of them."),
    ),
  ),
  AzureWebJobsStorage__accountName: v.pipe(
    present("the storage account's name"),
    // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    v.regex(/^[a-z0-9]{3,24}$/, "is not a storage account's name: 3 to 24 of a-z and 0-9."),
  ),
  AzureWebJobsStorage__credential: v.pipe(
    present("managedidentity"),
    v.literal("managedidentity", "takes managedidentity."),
  ),
  AzureWebJobsStorage__clientId: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(guid, "must be the client id of an identity, a GUID.")),
  ),
});

/**
 * Reads every app setting from the environment.
 *
 * @throws one Error that names each setting that is missing or wrong and says what to put there,
 * never what stands there: a setting may be a secret
 */
export function readSettings(environment: Environment): Settings {
  const faults: string[] = [];
  const result = v.safeParse(schema, environment, { abortPipeEarly: true });
  if (!result.success) nameFaults(result.issues, faults);
  const storage = readStorage(environment, faults);
  const signIn = readSignIn(environment, faults);
  if (!result.success || !storage || faults.length > 0) {
    throw new Error(
      `The app settings are not right:\n${faults.map((fault) => `- ${fault}`).join("\n")}`,
    );
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
    retrySeconds: settings.Delivery__retrySeconds,
  };
}

/** Adds one sentence a setting: the first step of a pipe that fails says it. */
function nameFaults(issues: readonly v.BaseIssue<unknown>[], faults: string[]): void {
  const named = new Map(issues.map((issue) => [v.getDotPath(issue)?.split(".")[0], issue]));
  for (const [name, issue] of named) faults.push(`${name} ${issue.message}`);
}

/** Reads how storage is reached: by a connection string, or by an identity where any of its settings is there. */
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
  if (result.success) return { kind: "connectionString", connectionString: result.output };
  faults.push(`AzureWebJobsStorage ${result.issues[0].message}`);
  return undefined;
}

/**
 * Reads how users sign in. `WEBSITE_AUTH_ENABLED` and `WEBSITE_HOSTNAME` are no settings of this app's:
 * the platform sets them (https://learn.microsoft.com/azure/app-service/reference-app-settings).
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
