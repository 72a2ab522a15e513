import { oneOfTopics } from "../http/members.ts";
import { badInput, type Fault, type Problem } from "../http/problem.ts";
import { type Platform, platformEntries, platforms } from "../platforms/platforms.ts";

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

/** The platforms by each name that clients use for them. */
const byName: ReadonlyMap<unknown, Platform> = new Map(
  platforms.flatMap((platform) =>
    [platform, ...platformEntries[platform].aliases].map((name) => [name, platform] as const),
  ),
);

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
  const platform = byName.get(platformName);
  if (!platform) {
    faults.push({
      pointer: "#/platform",
      detail: `platform must be one of ${[...byName.keys()].join(", ")}.`,
    });
    return {
      kind: "problem",
      problem: { ...badInput(faults), name: "unknown-client", detail: "Unknown client." },
    };
  }
  const { member, shape, read } = platformEntries[platform].handle;
  const written = body[member];
  const handle = typeof written === "string" ? read(written) : undefined;
  if (handle === undefined) {
    const fault = written === undefined ? "is missing. It must be" : "must be";
    faults.push({ pointer: `#/${member}`, detail: `${member} ${fault} ${shape}.` });
  }
  if (faults.length > 0 || handle === undefined || typeof installationId !== "string") {
    return { kind: "problem", problem: badInput(faults) };
  }
  return {
    kind: "device",
    device: {
      installationId,
      platform,
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
