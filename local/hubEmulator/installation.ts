import * as v from "valibot";
import { isJsonObject, parseJson } from "./json.ts";
import { handleFromText, type RegistrationContent, type Template } from "./registration.ts";
import { isPlatformName, type PlatformName } from "./registrationKinds.ts";
import { tagsFault } from "./tags.ts";
import { templateFault } from "./template.ts";

const strings = v.record(v.string(), v.string());

const templateSchema = v.object({
  body: v.string(),
  headers: v.exactOptional(strings),
  /** A time, or a template expression that evaluates to a time. */
  expiry: v.exactOptional(v.string()),
  tags: v.exactOptional(v.array(v.string())),
});

const browserChannelSchema = v.object({
  endpoint: v.string(),
  p256dh: v.string(),
  auth: v.string(),
});

/** The members of an installation that a client sets. Others are dropped: unknown ones and the hub's own. */
const contentSchema = v.object({
  installationId: v.string(),
  platform: v.custom<PlatformName>(
    (name) => typeof name === "string" && isPlatformName(name),
    "not a known platform",
  ),
  pushChannel: v.union([v.string(), browserChannelSchema]),
  userId: v.exactOptional(v.string()),
  tags: v.exactOptional(v.array(v.string())),
  pushVariables: v.exactOptional(strings),
  templates: v.exactOptional(v.record(v.string(), templateSchema)),
});

export type InstallationContent = v.InferOutput<typeof contentSchema>;

export interface Installation extends InstallationContent {
  /** Whether the platform reported the channel expired. A PUT, or a PATCH with a new channel, resets it. */
  readonly pushChannelExpired: boolean;
  /** The ids of its registrations: the native one, and one for each template, by template name. */
  readonly registrationIds: {
    readonly native: string;
    readonly templates: Readonly<Record<string, string>>;
  };
}

export type ReadInstallation =
  | { readonly kind: "installation"; readonly content: InstallationContent }
  | { readonly kind: "malformed"; readonly detail: string };

/** Matches valid ids. An id becomes the tag `$InstallationId:{…}`, which a comma would end. */
const idPattern = /^[^{},\p{Cc}]{1,256}$/u;

/**
 * Validates a parsed JSON body. Adds each template's name to the template's tags, as the service does, so
 * that a client can send to one template.
 *
 * @param installationId the id in the request's path
 */
export function readInstallation(value: unknown, installationId: string): ReadInstallation {
  const parsed = v.safeParse(contentSchema, canonical(value, installationId));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return malformed(`${v.getDotPath(issue) ?? "The body"} is invalid: ${issue.message}`);
  }
  const content = withTemplateNames(parsed.output);
  if (content.installationId !== installationId) {
    return malformed("The installation id does not match the address");
  }
  const fault = contentFault(content);
  return fault === undefined ? { kind: "installation", content } : malformed(fault);
}

const members = [
  "installationId",
  "platform",
  "pushChannel",
  "userId",
  "tags",
  "pushVariables",
  "templates",
] as const;
const templateMembers = ["body", "headers", "expiry", "tags"] as const;

/**
 * Gives an installation the form of the schema, where the service's reader (Json.NET) is lenient: members in any case,
 * nulls for absent members, a platform in any case, push variables that are no strings, and no id.
 */
function canonical(value: unknown, installationId: string): unknown {
  if (!isJsonObject(value)) return value;
  const { platform, pushVariables, templates, ...rest } = withoutNulls(named(value, members));
  return {
    installationId,
    ...rest,
    ...(platform !== undefined && {
      platform: typeof platform === "string" ? platform.toLowerCase() : platform,
    }),
    ...(pushVariables !== undefined && {
      pushVariables: isJsonObject(pushVariables)
        ? mapMembers(pushVariables, (variable) =>
            typeof variable === "number" || typeof variable === "boolean"
              ? String(variable)
              : variable,
          )
        : pushVariables,
    }),
    ...(templates !== undefined && {
      templates: isJsonObject(templates)
        ? mapMembers(templates, (template) =>
            isJsonObject(template) ? withoutNulls(named(template, templateMembers)) : template,
          )
        : templates,
    }),
  };
}

/** Renames members to these names, whose case they ignore. */
function named(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [byLower.get(name.toLowerCase()) ?? name, value]),
  );
}

/** Drops members that are null, at every depth. */
function withoutNulls(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      if (value === null) return [];
      return [[name, isJsonObject(value) ? withoutNulls(value) : value]];
    }),
  );
}

function mapMembers(
  object: Readonly<Record<string, unknown>>,
  map: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}

function malformed(detail: string): ReadInstallation {
  return { kind: "malformed", detail };
}

function contentFault(content: InstallationContent): string | undefined {
  if (!idPattern.test(content.installationId)) return "The installation id is invalid";
  if (content.userId !== undefined && !idPattern.test(content.userId)) return "userId is invalid";
  if (handleOf(content) === undefined) return "pushChannel does not fit the platform";
  for (const [name, { tags = [], ...template }] of Object.entries(content.templates ?? {})) {
    const all = [...(content.tags ?? []), ...tags.filter((tag) => tag !== name)];
    const fault = tagsFault(all) ?? templateFault(content.platform, templateOf(name, template));
    if (fault !== undefined) return `Template ${name}: ${fault}`;
  }
  return tagsFault(content.tags ?? []);
}

function withTemplateNames(content: InstallationContent): InstallationContent {
  if (content.templates === undefined) return content;
  const templates = Object.entries(content.templates).map(([name, template]) => [
    name,
    { ...template, tags: [...new Set([...(template.tags ?? []), name])] },
  ]);
  return { ...content, templates: Object.fromEntries(templates) };
}

/** Returns a registration's handle, or undefined if the push channel does not fit the platform. */
export function handleOf({
  platform,
  pushChannel,
}: InstallationContent): Readonly<Record<string, string>> | undefined {
  if (platform !== "browser") {
    return typeof pushChannel === "string" ? handleFromText(platform, pushChannel) : undefined;
  }
  // .NET and Java write the channel of a browser as a text.
  const channel = v.safeParse(
    browserChannelSchema,
    typeof pushChannel === "string" ? parseJson(pushChannel) : pushChannel,
  );
  if (!channel.success) return undefined;
  const { endpoint, p256dh, auth } = channel.output;
  if (endpoint === "" || p256dh === "" || auth === "") return undefined;
  return { Endpoint: endpoint, P256DH: p256dh, Auth: auth };
}

/** Returns the content of a template's registration, or of the native one if no template is named. */
export function registrationContentOf(
  installation: InstallationContent,
  templateName?: string,
): RegistrationContent {
  const { installationId, userId, platform, pushVariables, tags = [] } = installation;
  const template = templateName === undefined ? undefined : installation.templates?.[templateName];
  return {
    platform,
    handle: handleOf(installation) ?? {},
    tags: [
      `$InstallationId:{${installationId}}`,
      ...(userId === undefined ? [] : [`$UserId:{${userId}}`]),
      ...tags,
      ...(template?.tags ?? []),
    ],
    ...(pushVariables !== undefined && { pushVariables: JSON.stringify(pushVariables) }),
    ...(template && templateName && { template: templateOf(templateName, template) }),
  };
}

function templateOf(
  name: string,
  {
    body,
    headers = {},
    expiry,
  }: Pick<v.InferOutput<typeof templateSchema>, "body" | "headers" | "expiry">,
): Template {
  return { name, body, headers, ...(expiry !== undefined && { expiry }) };
}

/** Formats an installation as in the service's responses. */
export function installationJson(installation: Installation): object {
  const { registrationIds: _, userId, tags, pushVariables, templates, ...rest } = installation;
  return {
    ...rest,
    expirationTime: "9999-12-31T23:59:59.9999999Z",
    userId,
    tags,
    pushVariables,
    templates,
  };
}
