import * as v from "valibot";
import { isJsonObject, parseJson } from "../formats/json.ts";
import { type Template, templateFault } from "../templates/template.ts";
import { handleFromText, type RegistrationContent } from "./registration.ts";
import { isPlatformName, type PlatformName } from "./registrationKinds.ts";
import { tagsFault } from "./tags.ts";

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

/** A tile of the app on a Windows device, with a channel of its own. */
const secondaryTileSchema = v.object({
  pushChannel: v.string(),
  tags: v.exactOptional(v.array(v.string())),
  templates: v.exactOptional(v.record(v.string(), templateSchema)),
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
  secondaryTiles: v.exactOptional(v.record(v.string(), secondaryTileSchema)),
});

export type InstallationContent = v.InferOutput<typeof contentSchema>;

export interface Installation extends InstallationContent {
  /** Whether the platform reported the channel expired. A PUT, or a PATCH with a new channel, resets it. */
  readonly pushChannelExpired: boolean;
  readonly registrationIds: ChannelRegistrationIds & {
    /** By the name of the tile. */
    readonly secondaryTiles?: Readonly<Record<string, ChannelRegistrationIds>>;
  };
}

/** The ids of a channel's registrations: the native one, and one for each template, by template name. */
export interface ChannelRegistrationIds {
  readonly native: string;
  readonly templates: Readonly<Record<string, string>>;
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
  const reserved = reservedNameIn(value);
  if (reserved !== undefined) return malformed(`${reserved} is not allowed as a name`);
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
  "secondaryTiles",
] as const;
const tileMembers = ["pushChannel", "tags", "templates"] as const;
const templateMembers = ["body", "headers", "expiry", "tags"] as const;

/**
 * Gives an installation the form of the schema, where the service's reader (Json.NET) is lenient: members in any case,
 * nulls for absent members, a platform in any case, push variables that are no strings, and no id.
 */
function canonical(value: unknown, installationId: string): unknown {
  if (!isJsonObject(value)) return value;
  const { platform, pushVariables, templates, secondaryTiles, ...rest } = withoutNulls(
    named(value, members),
  );
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
    ...(templates !== undefined && { templates: canonicalTemplates(templates) }),
    ...(secondaryTiles !== undefined && {
      secondaryTiles: isJsonObject(secondaryTiles)
        ? mapMembers(secondaryTiles, canonicalTile)
        : secondaryTiles,
    }),
  };
}

function canonicalTile(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const { templates, ...rest } = withoutNulls(named(value, tileMembers));
  return { ...rest, ...(templates !== undefined && { templates: canonicalTemplates(templates) }) };
}

function canonicalTemplates(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return mapMembers(value, (template) =>
    isJsonObject(template) ? withoutNulls(named(template, templateMembers)) : template,
  );
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

/** Returns a name that the schema would drop from an object, or undefined. */
function reservedNameIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (["__proto__", "constructor", "prototype"].includes(name)) return name;
    const within = reservedNameIn(member);
    if (within !== undefined) return within;
  }
  return undefined;
}

/** Drops members and items that are null, at every depth. */
function withoutNulls(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      if (value === null) return [];
      if (Array.isArray(value)) return [[name, value.filter((item) => item !== null)]];
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
  const fault = channelFault(content);
  if (fault !== undefined) return fault;
  for (const [name, tile] of Object.entries(content.secondaryTiles ?? {})) {
    if (content.platform !== "wns" && content.platform !== "mpns") {
      return "Only wns and mpns have secondaryTiles";
    }
    const tileFault = channelFault({ platform: content.platform, ...tile });
    if (tileFault !== undefined) return `Secondary tile ${name}: ${tileFault}`;
  }
  return undefined;
}

/** A push channel with its templates: the installation's own, or that of a secondary tile. */
type Channel = Pick<InstallationContent, "platform" | "pushChannel" | "tags" | "templates">;

function channelFault({ tags = [], ...channel }: Channel): string | undefined {
  if (handleOf(channel) === undefined) return "pushChannel does not fit the platform";
  for (const [name, { tags: own = [], ...template }] of Object.entries(channel.templates ?? {})) {
    const all = [...tags, ...own.filter((tag) => tag !== name)];
    const fault = tagsFault(all) ?? templateFault(channel.platform, templateOf(name, template));
    if (fault !== undefined) return `Template ${name}: ${fault}`;
  }
  return tagsFault(tags);
}

function withTemplateNames(content: InstallationContent): InstallationContent {
  const { templates, secondaryTiles } = content;
  return {
    ...content,
    ...(templates !== undefined && { templates: withOwnNames(templates) }),
    ...(secondaryTiles !== undefined && {
      secondaryTiles: Object.fromEntries(
        Object.entries(secondaryTiles).map(([name, tile]) => [
          name,
          { ...tile, ...(tile.templates && { templates: withOwnNames(tile.templates) }) },
        ]),
      ),
    }),
  };
}

type Templates = NonNullable<InstallationContent["templates"]>;

/** Adds each template's name to its tags. */
function withOwnNames(templates: Templates): Templates {
  return Object.fromEntries(
    Object.entries(templates).map(([name, template]) => [
      name,
      { ...template, tags: [...new Set([...(template.tags ?? []), name])] },
    ]),
  );
}

/** Returns a registration's handle, or undefined if the push channel does not fit the platform. */
export function handleOf({
  platform,
  pushChannel,
}: Pick<InstallationContent, "platform" | "pushChannel">):
  | Readonly<Record<string, string>>
  | undefined {
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

/**
 * Returns the content of a template's registration, or of the native one if no template is named.
 *
 * @param tileName the secondary tile with the channel; undefined for the installation's own channel
 */
export function registrationContentOf(
  installation: InstallationContent,
  templateName?: string,
  tileName?: string,
): RegistrationContent {
  const { installationId, userId, platform, pushVariables } = installation;
  const tile = tileName === undefined ? undefined : installation.secondaryTiles?.[tileName];
  const channel: Channel = tile === undefined ? installation : { platform, ...tile };
  const template = templateName === undefined ? undefined : channel.templates?.[templateName];
  return {
    platform,
    handle: handleOf(channel) ?? {},
    tags: [
      `$InstallationId:{${installationId}}`,
      ...(userId === undefined ? [] : [`$UserId:{${userId}}`]),
      ...(channel.tags ?? []),
      ...(template?.tags ?? []),
    ],
    ...(pushVariables !== undefined && { pushVariables: JSON.stringify(pushVariables) }),
    ...(tile && tileName && { secondaryTileName: tileName }),
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
  const {
    registrationIds: _,
    userId,
    tags,
    pushVariables,
    templates,
    secondaryTiles,
    ...rest
  } = installation;
  return {
    ...rest,
    expirationTime: "9999-12-31T23:59:59.9999999Z",
    userId,
    tags,
    pushVariables,
    templates,
    secondaryTiles,
  };
}
