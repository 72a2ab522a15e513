import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { type LogLevels, logLevels } from "./logFilter.ts";

/** Parses a .NET time span, `[d.]hh:mm:ss`, to milliseconds. */
const timeSpan = v.pipe(
  v.string(),
  v.regex(/^(?:\d+\.)?\d\d:[0-5]\d:[0-5]\d$/, 'must be a time span such as "00:00:15".'),
  v.transform((text) => {
    const [seconds = 0, minutes = 0, hours = 0, days = 0] = text
      .split(/[:.]/)
      .reverse()
      .map(Number);
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }),
);

const count = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const http = v.looseObject({
  routePrefix: v.optional(v.string(), "api"),
  maxConcurrentRequests: v.optional(count(-1, 1_000_000), -1),
  maxOutstandingRequests: v.optional(count(-1, 1_000_000), -1),
});

const queues = v.looseObject({
  batchSize: v.optional(count(1, 32), 16),
  newBatchThreshold: v.optional(count(0, 1000)),
  maxDequeueCount: v.optional(count(1, 1_000_000), 5),
  visibilityTimeout: v.optional(timeSpan, "00:00:00"),
  maxPollingInterval: v.optional(v.union([timeSpan, count(100, 86_400_000)]), "00:01:00"),
  messageEncoding: v.optional(
    v.literal("base64", "must be base64: this host supports no other."),
    "base64",
  ),
});

const logLevel = v.pipe(v.string(), v.toLowerCase(), v.picklist(logLevels));

const hostJson = v.looseObject({
  version: v.literal("2.0", 'must be "2.0".'),
  logging: v.optional(
    v.looseObject({ logLevel: v.optional(v.record(v.string(), logLevel), {}) }),
    {},
  ),
  extensions: v.optional(
    v.looseObject({
      http: v.optional(http, {}),
      queues: v.optional(queues, {}),
    }),
    {},
  ),
});

/** The options of the queue listeners. */
export interface QueueOptions {
  /** How many messages the host fetches at once. */
  readonly batchSize: number;
  /** The host fetches more messages when at most this many are in progress. */
  readonly newBatchThreshold: number;
  /** A message that fails this many times moves to the poison queue. */
  readonly maxDequeueCount: number;
  /** How long a message stays invisible after its function failed, in seconds. */
  readonly visibilityTimeout: number;
  /** In milliseconds. */
  readonly maxPollingInterval: number;
  /** How long a function holds a message, in seconds. The host renews the hold after half of it. */
  readonly hold: number;
}

/** How many requests the host takes at once; −1 for no bound. */
export interface HttpOptions {
  /** How many functions run at once. Other requests wait. */
  readonly maxConcurrentRequests: number;
  /** How many requests run and wait at once. */
  readonly maxOutstandingRequests: number;
}

/** The settings that this host reads from host.json. */
export interface HostJson {
  /** The prefix of every route, `api` by default. */
  readonly routePrefix: string;
  readonly http: HttpOptions;
  readonly queues: QueueOptions;
  readonly logLevels: LogLevels;
}

/** How long the real host holds a message, in seconds. host.json can't change it. */
export const defaultHold = 600;

/**
 * Reads the host.json of an app.
 *
 * @param hold how long a function holds a message, in seconds
 * @throws an Error that says what is wrong in the file
 */
export async function readHostJson(directory: string, hold = defaultHold): Promise<HostJson> {
  const text = await readFile(join(directory, "host.json"), "utf8");
  const result = v.safeParse(hostJson, JSON.parse(text));
  if (!result.success) {
    const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
    throw new Error(`host.json is invalid: ${faults.join("; ")}`);
  }
  const { http, queues } = result.output.extensions;
  return {
    routePrefix: http.routePrefix,
    http,
    logLevels: result.output.logging.logLevel,
    queues: {
      ...queues,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      visibilityTimeout: Math.round(queues.visibilityTimeout / 1000),
      hold,
    },
  };
}
