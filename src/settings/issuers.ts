import * as v from "valibot";
import { isSecureUrl } from "../http/secureUrl.ts";
import { isProvider } from "../user.ts";
import {
  type AcceptedIssuer,
  entraIssuer,
  type IssuerIdentity,
  knownIssuers,
} from "./acceptedIssuer.ts";
import { type Environment, guid, present } from "./environment.ts";

const url = (message: string) => v.check<string, string>((text) => isSecureUrl(text), message);

const issuerSchema = v.object({
  audience: v.pipe(
    present("the audience of this issuer's tokens (separate several with commas)"),
    v.transform((text) => text.split(",").map((audience) => audience.trim())),
    v.tupleWithRest(
      [v.pipe(v.string(), v.nonEmpty("contains an empty audience."))],
      v.pipe(v.string(), v.nonEmpty("contains an empty audience.")),
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
      v.regex(guid, "must be the tenant's id, a GUID: each tenant is a separate issuer."),
    ),
  ),
});

const issuerSetting = /^Auth__(.+?)__(.*)$/i;

/**
 * Reads the accepted issuers. Each issuer has its own group of `Auth__NAME__` settings.
 *
 * @param required whether at least one issuer is required
 * @param faults receives a sentence for each missing or invalid setting
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
    if (!isProvider(provider)) {
      faults.push(
        `${setting} has an invalid issuer name. Use letters, digits, - and _, and begin with a letter or digit.`,
      );
    } else if (!Object.hasOwn(issuerSchema.entries, member)) {
      faults.push(
        `${setting} is not a setting. An issuer accepts audience, issuer, jwksUri and tenantId.`,
      );
    } else {
      const entry = entries.get(provider) ?? { name, members: {} };
      entries.set(provider, entry);
      // Provider names ignore case, but environment variables are case-sensitive on some systems.
      if (member in entry.members) faults.push(`${setting} is set twice. Names ignore case.`);
      entry.members[member] = value;
    }
  }
  if (required && entries.size === 0) {
    faults.push(
      "Auth__NAME__audience is missing. Configure at least one issuer, " +
        "for example set Auth__google__audience to your Google client id.",
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
        faults.push(`Auth__${provider}__issuer names the same issuer as Auth__${owner}.`);
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

/** Returns the issuer's identity, or an error sentence that starts with the name of the invalid member. */
function issuerIdentity(
  provider: string,
  issuer: string | undefined,
  tenantId: string | undefined,
): IssuerIdentity | string {
  const own = issuer === undefined ? undefined : { issuers: [issuer] as const };
  if (provider !== "entra") {
    if (tenantId !== undefined) return "tenantId is only for entra. Remove it.";
    const missing = "issuer is missing. Set it to the issuer's address, exactly as in its tokens.";
    return own ?? knownIssuers.get(provider) ?? missing;
  }
  if (tenantId === undefined) return "tenantId is missing. Set it to your tenant's id.";
  const entra = entraIssuer(tenantId);
  if (!own) return entra;
  return own.issuers[0].toLowerCase().includes(tenantId.toLowerCase())
    ? { ...own, tenantId: tenantId.toLowerCase() }
    : "issuer does not name the tenant in tenantId.";
}
