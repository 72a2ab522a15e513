import * as v from "valibot";
import {
  type AcceptedIssuer,
  entraIssuer,
  type IssuerIdentity,
  knownIssuers,
} from "./auth/acceptedIssuer.ts";
import { isHubConnectionString, isStorageConnectionString } from "./connectionString.ts";
import { isSecureUrl } from "./http/secureUrl.ts";
import { type Platform, platforms } from "./registration/platform.ts";
import type { StorageAccount } from "./storage/storageAccount.ts";

/** Every app setting, read and checked. */
export interface Settings {
  readonly storage: StorageAccount;
  readonly hub: { readonly connectionString: string; readonly name: string };
  readonly issuers: readonly AcceptedIssuer[];
  /** The platforms to send to. */
  readonly platforms: readonly Platform[];
  /** The delay of the first retry of a delivery, in whole seconds. */
  readonly retrySeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A pipe's first step: the setting is there and not blank. */
const present = (whatToPut: string) =>
  v.pipe(v.optional(v.string(), ""), v.trim(), v.nonEmpty(`is missing: put ${whatToPut} there.`));

const url = (message: string) => v.check<string, string>((text) => isSecureUrl(text), message);

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

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const issuerSchema = v.object({
  audience: v.pipe(
    present("the audience that this issuer's tokens are for (several are separated by commas)"),
    v.transform((text) => text.split(",").map((audience) => audience.trim())),
    v.tupleWithRest(
      [v.pipe(v.string(), v.nonEmpty("names an empty audience."))],
      v.pipe(v.string(), v.nonEmpty("names an empty audience.")),
    ),
  ),
  issuer: v.optional(v.pipe(v.string(), v.trim(), url("must be the issuer's https address."))),
  jwksUri: v.optional(
    v.pipe(v.string(), v.trim(), url("must be the https address of the issuer's keys.")),
  ),
  tenantId: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(guid, "must be the tenant's id, a GUID: every tenant is another issuer."),
    ),
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

const issuerSetting = /^Auth__(.+?)__(.*)$/i;
const providerName = /^[a-z0-9][a-z0-9-]*$/;

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
  const issuers = readIssuers(environment, faults);
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
    issuers,
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

function readIssuers(environment: Environment, faults: string[]): AcceptedIssuer[] {
  const entries = new Map<string, { name: string; members: Record<string, string> }>();
  for (const [setting, value] of Object.entries(environment)) {
    const [, name, member] = issuerSetting.exec(setting) ?? [];
    if (name === undefined || member === undefined || value === undefined) continue;
    const provider = name.toLowerCase();
    if (!providerName.test(provider)) {
      faults.push(`${setting} names its issuer with something other than letters, digits and -.`);
    } else if (!Object.hasOwn(issuerSchema.entries, member)) {
      faults.push(
        `${setting} is not a setting: an issuer takes audience, issuer, jwksUri and tenantId.`,
      );
    } else {
      const entry = entries.get(provider) ?? { name, members: {} };
      entries.set(provider, entry);
      // A provider's name ignores case, and the environment does not everywhere.
      if (member in entry.members) faults.push(`${setting} is given twice.`);
      entry.members[member] = value;
    }
  }
  if (entries.size === 0) {
    faults.push(
      "Auth__NAME__audience is missing: name at least one issuer whose tokens are accepted, " +
        "such as Auth__google__audience with your Google client id.",
    );
  }
  const issuers: AcceptedIssuer[] = [];
  for (const [provider, { name, members }] of entries) {
    const issuer = readIssuer(provider, name, members, faults);
    if (issuer) issuers.push(issuer);
  }
  const owners = new Map<string, string>();
  for (const { provider, issuers: spellings } of issuers) {
    for (const spelling of spellings) {
      const owner = owners.get(spelling);
      if (owner !== undefined) {
        faults.push(`Auth__${provider}__issuer is the same issuer as that of Auth__${owner}.`);
      }
      owners.set(spelling, provider);
    }
  }
  return issuers;
}

function readIssuer(
  provider: string,
  name: string,
  members: Readonly<Record<string, string>>,
  faults: string[],
): AcceptedIssuer | undefined {
  const result = v.safeParse(issuerSchema, members, { abortPipeEarly: true });
  if (!result.success) {
    for (const issue of result.issues) {
      faults.push(`Auth__${name}__${v.getDotPath(issue)?.split(".")[0]} ${issue.message}`);
    }
    return undefined;
  }
  const { audience, issuer, jwksUri, tenantId } = result.output;
  const identity = issuerIdentity(provider, issuer, tenantId);
  if (typeof identity === "string") {
    faults.push(`Auth__${name}__${identity}`);
    return undefined;
  }
  return {
    ...identity,
    ...(jwksUri !== undefined && { jwksUri }),
    provider,
    audiences: audience,
    subjectClaim: provider === "entra" ? "oid" : "sub",
  };
}

/** The issuer's own part of an entry, or what is wrong with which of its members. */
function issuerIdentity(
  provider: string,
  issuer: string | undefined,
  tenantId: string | undefined,
): IssuerIdentity | string {
  const own = issuer === undefined ? undefined : { issuers: [issuer] as const };
  if (provider !== "entra") {
    if (tenantId !== undefined) return "tenantId is not for this issuer: it is for entra alone.";
    const missing = "issuer is missing: put the issuer's address there, as its tokens name it.";
    return own ?? knownIssuers.get(provider) ?? missing;
  }
  if (tenantId === undefined) return "tenantId is missing: put your tenant's id there.";
  const entra = entraIssuer(tenantId);
  if (!own) return entra;
  return own.issuers[0].toLowerCase().includes(tenantId.toLowerCase())
    ? { ...own, tenantId: tenantId.toLowerCase() }
    : "issuer does not name the tenant that tenantId names.";
}
