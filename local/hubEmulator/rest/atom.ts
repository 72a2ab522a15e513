import { connectNamespaces } from "../formats/connectNamespaces.ts";
import { isObjectOfStrings, parseJson } from "../formats/json.ts";
import { buildXml, child, parseXml, type XmlElement } from "../formats/xml.ts";
import {
  canonicalHandle,
  type Registration,
  type RegistrationContent,
} from "../registrations/registration.ts";
import {
  elementOf,
  kindOfElement,
  type Platform,
  type PlatformName,
  platformOf,
} from "../registrations/registrationKinds.ts";
import { tagsFault } from "../registrations/tags.ts";
import type { Template } from "../templates/template.ts";
import { templateFault } from "../templates/template.ts";

const atomNamespace = "http://www.w3.org/2005/Atom";
const metadataNamespace = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata";

/** The service's time for "never". Its responses to a creation or an update omit the time zone. */
const never = "9999-12-31T23:59:59.9999999";

export type ReadRegistration =
  | { readonly kind: "registration"; readonly content: RegistrationContent }
  | { readonly kind: "malformed"; readonly detail: string };

/** Parses the Atom entry that a client sends to create or update a registration. */
export function readEntry(body: string): ReadRegistration {
  const parsed = parseXml(body);
  if (parsed.kind === "malformed") return malformed(`The body is not XML: ${parsed.detail}`);
  if (parsed.root.name !== "entry") return malformed("The body is not an Atom entry");
  const content = child(parsed.root, "content");
  const [description, second] = content?.children ?? [];
  if (description === undefined || second !== undefined) {
    return malformed("The entry's content must be one registration description");
  }
  // .NET sends `<RegistrationDescription i:type="AppleRegistrationDescription">`.
  const name =
    description.name === "RegistrationDescription"
      ? (description.type?.replace(/^.*:/, "") ?? description.name)
      : description.name;
  const kind = kindOfElement(name);
  if (kind === undefined) return malformed(`${name} is not a known registration`);
  const platform = platformOf(kind.platform);

  const handle: Record<string, string> = {};
  for (const element of platform.handleElements) {
    const text = textOf(description, element);
    if (text === undefined) return malformed(`${element} is missing or empty`);
    handle[element] = canonicalHandle(kind.platform, text);
  }
  const tags = (textOf(description, "Tags") ?? "")
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  const fault = tagsFault(tags);
  if (fault !== undefined) return malformed(fault);
  const secondaryTileName = hasTiles(kind.platform)
    ? textOf(description, "SecondaryTileName")
    : undefined;
  const pushVariables = textOf(description, "PushVariables");
  if (pushVariables !== undefined && !isObjectOfStrings(parseJson(pushVariables))) {
    return malformed("PushVariables must be a JSON object of strings");
  }
  let template: Template | undefined;
  if (kind.template) {
    template = readTemplate(description, platform);
    const templateProblem =
      templateFault(kind.platform, template) ?? headersFault(kind.platform, template);
    if (templateProblem !== undefined) return malformed(templateProblem);
  }
  return {
    kind: "registration",
    content: {
      platform: kind.platform,
      handle,
      tags,
      ...(pushVariables !== undefined && { pushVariables }),
      ...(secondaryTileName !== undefined && { secondaryTileName }),
      ...(template !== undefined && { template }),
    },
  };
}

function malformed(detail: string): ReadRegistration {
  return { kind: "malformed", detail };
}

function hasTiles(platform: PlatformName): boolean {
  return platform === "wns" || platform === "mpns";
}

/** Returns what is wrong with the headers of a template, or undefined. Only wns needs one. */
function headersFault(platform: PlatformName, { headers }: Template): string | undefined {
  if (platform !== "wns") return undefined;
  const hasType = Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === "x-wns-type" && value !== "",
  );
  return hasType ? undefined : "WnsHeaders must have the header X-WNS-Type";
}

function textOf(element: XmlElement, name: string): string | undefined {
  const text = child(element, name)?.text.trim();
  return text === "" ? undefined : text;
}

function readTemplate(description: XmlElement, platform: Platform): Template {
  const headers: [string, string][] = [];
  const list = platform.headerElement && child(description, `${platform.headerElement}s`);
  for (const header of list ? list.children : []) {
    const name = textOf(header, "Header");
    if (name !== undefined) headers.push([name, textOf(header, "Value") ?? ""]);
  }
  const name = textOf(description, "TemplateName");
  const expiry = textOf(description, "Expiry");
  const priority = textOf(description, "Priority");
  const messageType = textOf(description, "MessageType");
  return {
    body: child(description, "BodyTemplate")?.text.trim() ?? "",
    headers: Object.fromEntries(headers),
    ...(name !== undefined && { name }),
    ...(platform.kind === "Apple" && expiry !== undefined && { expiry }),
    ...(platform.kind === "Apple" && priority !== undefined && { priority }),
    ...(platform.kind === "Baidu" && messageType !== undefined && { messageType }),
  };
}

/** Formats a registration as an Atom entry. `written`: for the response to a creation or an update. */
export function registrationEntry(
  registration: Registration,
  address: string,
  answer: "written" | "read",
): string {
  return buildXml({
    entry: {
      "@xmlns": atomNamespace,
      ...entry(registration, address, answer === "written" ? never : `${never}Z`, now()),
    },
  });
}

/**
 * Formats registrations as an Atom feed.
 *
 * @param address the requested address of the list
 * @param addressOf returns the address of one registration
 * @param next the address of the next page, if there is one
 */
export function registrationFeed(
  registrations: readonly Registration[],
  address: string,
  addressOf: (registrationId: string) => string,
  next: string | undefined,
): string {
  const updated = now();
  const self = { "@rel": "self", "@href": address };
  return buildXml({
    feed: {
      "@xmlns": atomNamespace,
      title: { "@type": "text", "#text": "Registrations" },
      id: address,
      updated,
      link: next === undefined ? self : [self, { "@rel": "next", "@href": next }],
      entry: registrations.map((registration) =>
        entry(registration, addressOf(registration.registrationId), `${never}Z`, updated),
      ),
    },
  });
}

function entry(
  registration: Registration,
  address: string,
  expiry: string,
  updated: string,
): object {
  return {
    "@xmlns:p1": metadataNamespace,
    "@p1:etag": `W/"${registration.etag}"`,
    id: address,
    title: { "@type": "text", "#text": registration.registrationId },
    published: updated,
    updated,
    link: { "@rel": "self", "@href": address },
    content: {
      "@type": "application/xml",
      [elementOf({
        platform: registration.platform,
        template: registration.template !== undefined,
      })]: { ...connectNamespaces, ...description(registration, expiry) },
    },
  };
}

function description(registration: Registration, expirationTime: string): object {
  const { tags, template, platform } = registration;
  const header = platformOf(platform).headerElement;
  const headers = template &&
    header && {
      [`${header}s`]: {
        [header]: Object.entries(template.headers).map(([name, value]) => ({
          Header: name,
          Value: value,
        })),
      },
    };
  return {
    ETag: registration.etag,
    ExpirationTime: expirationTime,
    RegistrationId: registration.registrationId,
    Tags: tags.length === 0 ? undefined : tags.join(","),
    PushVariables: registration.pushVariables,
    // .NET's reader needs Baidu's user before its channel.
    ...Object.fromEntries(
      Object.entries(registration.handle).sort(([a], [b]) =>
        platform === "baidu" ? b.localeCompare(a) : 0,
      ),
    ),
    SecondaryTileName: registration.secondaryTileName,
    BodyTemplate: template && { "#cdata": template.body },
    Expiry: template?.expiry,
    // .NET's reader needs the headers before the name, but Apple's after it.
    ...(platform !== "apns" && headers),
    TemplateName: template?.name,
    Priority: template?.priority,
    ...(platform === "apns" && headers),
    MessageType: template?.messageType,
  };
}

/** Returns the current time in the service's format, to the second. */
function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
