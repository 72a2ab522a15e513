import { oneOfTopics } from "../http/members.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import type { Platform } from "../hub/platform.ts";

/** A device, as described in the request to register it. */
export interface Device {
  readonly installationId: string;
  readonly platform: Platform;
  /** The platform as the client wrote it, for the response. */
  readonly platformName: string;
  /** The address of the device at the push service, in the form that the hub stores. */
  readonly handle: string;
  /** The topics that the device subscribes to, each once. They are the whole wish: it has no others afterwards. */
  readonly topics: readonly string[];
}

export type DeviceReading =
  | { readonly kind: "device"; readonly device: Device }
  | { readonly kind: "problem"; readonly problem: Problem };

interface HandleRule {
  readonly platform: Platform;
  readonly member: string;
  readonly shape: string;
  readonly read: (text: string) => string | undefined;
}

const wns: HandleRule = {
  platform: "wns",
  member: "channelUri",
  shape: "an https URL under .notify.windows.com of at most 2,048 characters",
  read: (text) => (isChannelUri(text) ? text : undefined),
};
const apns: HandleRule = {
  platform: "apns",
  member: "deviceToken",
  // Of variable length: https://developer.apple.com/documentation/uikit/uiapplicationdelegate/application(_:didregisterforremotenotificationswithdevicetoken:)
  shape: "an even number of hex digits, from 64 to 4,096",
  read: (text) => (/^(?:[0-9a-f]{2}){32,2048}$/i.test(text) ? text.toUpperCase() : undefined),
};
const fcmv1: HandleRule = {
  platform: "fcmv1",
  member: "registrationToken",
  shape: "1 to 4,096 letters, digits and _:-",
  read: (text) => (/^[A-Za-z0-9_:-]{1,4096}$/.test(text) ? text : undefined),
};

/** The names that clients use for a platform. The second name of each pair is from the tutorial. */
const rules: ReadonlyMap<unknown, HandleRule> = new Map([
  ["wns", wns],
  ["win8", wns],
  ["apns", apns],
  ["ios", apns],
  ["fcmv1", fcmv1],
  ["android", fcmv1],
]);

/** The most topics of a device. The hub keeps at most 60 tags on a registration, of which three are the app's own. */
const mostTopics = 57;

const installationIdHeader = "X-ZUMO-INSTALLATION-ID";

type RequestHeaders = Pick<Headers, "get">;

/** Reads the installation id: 1 to 128 letters, digits and `-_.:`, but not only dots. */
export function readInstallationId(headers: RequestHeaders): string | Fault {
  const installationId = headers.get(installationIdHeader);
  const pointer = `/headers/${installationIdHeader}`;
  if (installationId === null) {
    return { pointer, detail: `The header ${installationIdHeader} is missing.` };
  }
  if (/^[A-Za-z0-9_.:-]{1,128}$/.test(installationId) && !/^\.+$/.test(installationId)) {
    return installationId;
  }
  return {
    pointer,
    detail: `${installationIdHeader} must be 1 to 128 letters, digits and -_.: but not only dots.`,
  };
}

/**
 * Parses a device from the headers and the body of a request to register it. Reports every fault.
 *
 * @param declared the topics that devices may subscribe to
 */
export function readDevice(
  headers: RequestHeaders,
  body: Readonly<Record<string, unknown>>,
  declared: readonly string[],
): DeviceReading {
  const faults: Fault[] = [];
  const installationId = readInstallationId(headers);
  if (typeof installationId !== "string") faults.push(installationId);
  const { topics: wish = [] } = body;
  const topics = readTopics(wish, declared, faults);

  const platformName = body["platform"];
  const rule = rules.get(platformName);
  if (!rule) {
    faults.push({
      pointer: "#/platform",
      detail: `platform must be one of ${[...rules.keys()].join(", ")}.`,
    });
    return {
      kind: "problem",
      problem: { ...badInput(faults), name: "unknown-client", detail: "Unknown client." },
    };
  }
  const written = body[rule.member];
  const handle = typeof written === "string" ? rule.read(written) : undefined;
  if (handle === undefined) {
    const fault = written === undefined ? "is missing. It must be" : "must be";
    faults.push({ pointer: `#/${rule.member}`, detail: `${rule.member} ${fault} ${rule.shape}.` });
  }
  if (faults.length > 0 || handle === undefined || typeof installationId !== "string") {
    return { kind: "problem", problem: badInput(faults) };
  }
  return {
    kind: "device",
    device: {
      installationId,
      platform: rule.platform,
      platformName: String(platformName),
      handle,
      topics,
    },
  };
}

/** Reads the topics of a device, each once. */
function readTopics(
  topics: unknown,
  declared: readonly string[],
  faults: Fault[],
): readonly string[] {
  if (!Array.isArray(topics) || topics.length > mostTopics) {
    const detail = `topics must be a list of at most ${mostTopics} names.`;
    faults.push({ pointer: "#/topics", detail });
    return [];
  }
  for (const [index, topic] of topics.entries()) {
    if (declared.includes(topic)) continue;
    const detail = `A topic must be ${oneOfTopics(declared)}.`;
    faults.push({ pointer: `#/topics/${index}`, detail });
  }
  return [...new Set(declared.filter((topic) => topics.includes(topic)))];
}

function isChannelUri(text: string): boolean {
  // The URL parser drops white space and treats a backslash as a slash, so check the characters first.
  if (
    text.length > 2048 ||
    !/^https:\/\/[\x21-\x5b\x5d-\x7e]+$/.test(text) ||
    !URL.canParse(text)
  ) {
    return false;
  }
  const { hostname, username, password } = new URL(text);
  return hostname.endsWith(".notify.windows.com") && username === "" && password === "";
}
