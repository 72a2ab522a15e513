import * as v from "valibot";
import {
  type AcceptedIssuer,
  entraIssuer,
  type IssuerIdentity,
  knownIssuers,
} from "../auth/tokens/acceptedIssuer.ts";
import { isSecureUrl } from "../http/secureUrl.ts";
import { type Environment, guid, present } from "./environment.ts";

const url = (message: string) => v.check<string, string>((text) => isSecureUrl(text), message);

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

const issuerSetting = /^Auth__(.+?)__(.*)$/i;
const providerName = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Reads the issuers whose tokens are accepted: an entry of settings each, in any number.
 *
 * @param required whether there has to be one
 * @param faults gets a sentence for each setting that is missing or wrong
 */
export function readIssuers(
  environment: Environment,
  required: boolean,
  faults: string[],
): AcceptedIssuer[] {
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
  if (required && entries.size === 0) {
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
