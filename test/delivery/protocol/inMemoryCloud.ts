import {
  createAnnounceInsert,
  type Delivery,
  type Write,
} from "../../../src/delivery/announceInsert.ts";
import type { Announcement, Source } from "../../../src/delivery/announcement.ts";
import type { Audience } from "../../../src/delivery/audience.ts";
import { type BehindAnswers, createBehindAnswers } from "../../../src/delivery/behindAnswers.ts";
import { createBulkhead } from "../../../src/delivery/bulkhead.ts";
import { createCircuitBreakers } from "../../../src/delivery/circuitBreaker.ts";
import { createFanOut } from "../../../src/delivery/fanOut.ts";
import { messageOf } from "../../../src/delivery/intent.ts";
import type { IntentQueue } from "../../../src/delivery/intentQueue.ts";
import type { IsForgotten } from "../../../src/delivery/isForgotten.ts";
import { isNewer, type Replacing } from "../../../src/delivery/isNewest.ts";
import type { PlatformResult, RecordResults } from "../../../src/delivery/platformResult.ts";
import { createRedeliver, type IntentOfRow } from "../../../src/delivery/redeliver.ts";
import { createSchedule } from "../../../src/delivery/schedule.ts";
import type { Accepted, SendToAudience } from "../../../src/delivery/sendToAudience.ts";
import type { HubResult } from "../../../src/hub/result.ts";
import { type Platform, platforms } from "../../../src/platforms/platforms.ts";

/** How long the host holds a message for its function, in milliseconds. It renews the hold after half of it. */
const hold = 600_000;

/** The table of the cloud whose results are recorded. */
const messageTable = "Notification";

/** When the host shows a message again whose function threw, and after how many times it gives it up (host.json). */
const visibilityTimeout = 15_000;
const maxDequeueCount = 100;

/** The most messages that the host receives with one call. */
const batchSize = 16;

interface QueueMessage {
  readonly messageId: string;
  popReceipt: string;
  content: unknown;
  visibleAt: number;
  dequeueCount: number;
}

/** A notification that reached the hub. */
export interface Sent {
  readonly platform: Platform;
  readonly rowId: string;
  readonly key: string;
  readonly audience: Audience;
}

/** What an operation of a process came to, as the cloud sees it. */
export interface Process {
  /** Whether it has been killed. Calls of a killed process never settle. */
  dead: boolean;
  /** How many more calls it makes before it is killed. */
  callsLeft: number;
}

/** Storage and hub in memory, as unkind as the real ones, with a clock that only the tests move. */
export interface Cloud {
  readonly time: () => number;
  pass(milliseconds: number): void;
  /** The rows by id, with the intent that each was inserted with. */
  readonly rows: Map<string, string>;
  readonly sent: Sent[];
  /** The results that are recorded, by the row. Only messages have any. */
  readonly recorded: Map<string, readonly PlatformResult[]>;
  readonly poisoned: { readonly reason: string; readonly message: unknown }[];
  /** When users were forgotten, by their digests. */
  readonly forgotten: Map<string, number>;
  readonly log: string[];
  /** The calls so far, such as `send apns`. */
  readonly calls: string[];
  messages(): readonly QueueMessage[];
  /** Deletes every message, as an operator can. */
  clearQueue(): void;
  /** What the hub answers for a platform; by default it delivers. */
  hub: (
    platform: Platform,
  ) => HubResult<Accepted> | "lost response" | "throws" | Promise<HubResult<Accepted>>;
  /** Whether a part of storage works. `hangsFor` is the time that each call then takes, in milliseconds. */
  storage: {
    table: "up" | "down" | "refused";
    queue: "up" | "down";
    poison: "up" | "down";
    /** The recording of results. */
    results: "up" | "down";
  };
  /** Whether an operator has switched all sending off. */
  isSendingOff: boolean;
  /** How many calls storage takes in a second; those beyond fail. */
  callsPerSecond: number;
  /** What becomes of the next insert of a row: written late means unknown now, and there after the time. */
  nextInsert: { kind: "lost response" } | { kind: "late"; milliseconds: number } | undefined;
  /** How long each call takes, in milliseconds; by default none. */
  durations: (call: string) => number;
  /** Decides when a call may go on, and so how calls interleave. */
  turn: (call: string) => Promise<unknown>;
  /** Starts a process: an instance of the app with breakers of its own. */
  start(retrySeconds?: number, mostSends?: number): Instance;
}

export interface Instance {
  readonly process: Process;
  /**
   * Inserts a row and announces it: an item, or what the announcement is about. Returns the answer when what goes on behind
   * it has ended.
   */
  insert(rowId: string, announcement?: Announcement): Promise<string>;
  /** The same, but does not wait for what goes on behind the answer. */
  answer(rowId: string, announcement?: Announcement): Promise<string>;
  /** Waits for what goes on behind answers. */
  idle(): Promise<void>;
  readonly behindAnswers: BehindAnswers;
  /** Does what the Functions host does with every message that is visible now. */
  redeliver(): Promise<void>;
}

export function createCloud(): Cloud {
  let now = Date.UTC(2026, 0, 1);
  let ids = 0;
  const queue = new Map<string, QueueMessage>();
  /** The messages by the second in which they become visible. One that was hidden again, or is gone, is in an old one too. */
  const bySecond = new Map<number, QueueMessage[]>();
  const secondOf = (time: number) => Math.floor(time / 1_000);
  let firstSecond = secondOf(now);
  /** The newest announcement of each key that replaces earlier ones. */
  const newest = new Map<string, Replacing>();
  let [callSecond, callsMade] = [firstSecond, 0];
  const poisonedById = new Map<string, Cloud["poisoned"][number]>();
  /** What happens at a time: rows that are written late, holds that are renewed. */
  let later: { readonly at: number; readonly run: () => void }[] = [];

  const cloud: Cloud = {
    time: () => now,
    pass(milliseconds) {
      if (milliseconds === 0) return;
      now += milliseconds;
      const due = later.filter(({ at }) => at <= now);
      later = later.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
    rows: new Map(),
    sent: [],
    recorded: new Map(),
    poisoned: [],
    forgotten: new Map(),
    log: [],
    calls: [],
    messages: () => [...queue.values()],
    clearQueue: () => queue.clear(),
    hub: () => ({ kind: "done", value: {} }),
    storage: { table: "up", queue: "up", poison: "up", results: "up" },
    isSendingOff: false,
    callsPerSecond: Number.POSITIVE_INFINITY,
    nextInsert: undefined,
    durations: () => 0,
    turn: async () => undefined,
    start: (retrySeconds = 15, mostSends = 240) => startInstance(retrySeconds, mostSends),
  };
  return cloud;

  /** Hides a message until a time. */
  function hide(message: QueueMessage, until: number): void {
    message.visibleAt = until;
    const second = Math.max(secondOf(until), firstSecond);
    const others = bySecond.get(second);
    if (others) others.push(message);
    else bySecond.set(second, [message]);
  }

  /** Takes the messages that are visible now. Who takes one has to hide it. */
  function takeVisible(): QueueMessage[] {
    const visible: QueueMessage[] = [];
    const kept: QueueMessage[] = [];
    for (; firstSecond <= secondOf(now); firstSecond++) {
      for (const message of bySecond.get(firstSecond) ?? []) {
        if (queue.get(message.messageId) !== message) continue;
        if (message.visibleAt <= now) visible.push(message);
        else if (secondOf(message.visibleAt) === firstSecond) kept.push(message);
      }
      bySecond.delete(firstSecond);
    }
    firstSecond = secondOf(now);
    bySecond.set(firstSecond, kept);
    return [...new Set(visible)];
  }

  /** Returns whether storage takes a call now. */
  function takesCall(): boolean {
    if (secondOf(now) !== callSecond) {
      callSecond = secondOf(now);
      callsMade = 0;
    }
    return ++callsMade <= cloud.callsPerSecond;
  }

  function receipt(): string {
    return `receipt-${++ids}`;
  }

  function startInstance(retrySeconds: number, mostSends: number): Instance {
    const process: Process = { dead: false, callsLeft: Number.POSITIVE_INFINITY };

    /** Makes a call: it waits for its turn and takes its time, and never settles in a killed process. */
    async function call<T>(name: string, handle: () => T | Promise<T>): Promise<T> {
      await cloud.turn(name);
      if (process.dead || process.callsLeft-- <= 0) {
        process.dead = true;
        return new Promise<never>(() => undefined);
      }
      cloud.calls.push(name);
      cloud.pass(cloud.durations(name));
      return handle();
    }

    const down = { kind: "unavailable" } as const;
    const intentQueue: IntentQueue = {
      put: (intent, delay) =>
        call("put", () => {
          if (!takesCall() || cloud.storage.queue === "down") return down;
          const message: QueueMessage = {
            messageId: `message-${++ids}`,
            popReceipt: receipt(),
            content: structuredClone(messageOf(intent)),
            visibleAt: 0,
            dequeueCount: 0,
          };
          queue.set(message.messageId, message);
          hide(message, now + delay * 1_000);
          const { messageId, popReceipt } = message;
          return { kind: "done", receipt: { messageId, popReceipt } };
        }),
      update: ({ messageId, popReceipt }, intent, delay) =>
        call("update", () => {
          if (!takesCall() || cloud.storage.queue === "down") return down;
          const message = queue.get(messageId);
          if (!message) return { kind: "gone" };
          if (message.popReceipt !== popReceipt) return { kind: "taken" };
          message.content = structuredClone(messageOf(intent));
          hide(message, now + delay * 1_000);
          message.popReceipt = receipt();
          return { kind: "done" };
        }),
      remove: ({ messageId, popReceipt }) =>
        call("remove", () => {
          if (!takesCall() || cloud.storage.queue === "down") return down;
          const message = queue.get(messageId);
          if (!message) return { kind: "gone" };
          if (message.popReceipt !== popReceipt) return { kind: "taken" };
          queue.delete(messageId);
          return { kind: "done" };
        }),
      poison: (reason, message) =>
        call("poison", () => {
          if (!takesCall() || cloud.storage.poison === "down") return down;
          const messageId = `message-${++ids}`;
          const poisoned = { reason, message: structuredClone(message) };
          cloud.poisoned.push(poisoned);
          poisonedById.set(messageId, poisoned);
          return { kind: "done", receipt: { messageId, popReceipt: receipt() } };
        }),
      showPoisoned: ({ messageId }) =>
        call("show poisoned", () => {
          if (!takesCall() || cloud.storage.poison === "down") return down;
          return { kind: poisonedById.has(messageId) ? "done" : "gone" };
        }),
      removePoisoned: ({ messageId }) =>
        call("remove poisoned", () => {
          if (!takesCall() || cloud.storage.poison === "down") return down;
          const poisoned = poisonedById.get(messageId);
          const at = poisoned ? cloud.poisoned.indexOf(poisoned) : -1;
          if (at < 0) return { kind: "gone" };
          cloud.poisoned.splice(at, 1);
          return { kind: "done" };
        }),
    };

    const intentOfRow: IntentOfRow = ({ rowId }) =>
      call("read row", () => {
        if (!takesCall() || cloud.storage.table === "down") return down;
        if (cloud.storage.table === "refused") return { kind: "refused" };
        const intentId = cloud.rows.get(rowId);
        return intentId === undefined ? { kind: "absent" } : { kind: "found", intentId };
      });

    const isForgotten: IsForgotten = (digest, since) =>
      call("read mark", () => {
        if (!takesCall() || cloud.storage.table === "down") return down;
        const forgottenAt = cloud.forgotten.get(digest) ?? Number.NEGATIVE_INFINITY;
        return { kind: "done", value: since <= forgottenAt };
      });

    const sendToAudience: SendToAudience = (audience, { platform, headers, body }) =>
      call(`send ${platform}`, async () => {
        const result = await cloud.hub(platform);
        if (result === "throws") throw new TypeError("Invalid URL");
        if (result === "lost response" || result.kind === "done") {
          cloud.sent.push({ platform, audience, ...shownBy(headers, body) });
        }
        return result === "lost response" ? down : result;
      });

    const record: RecordResults = ({ rowId }, results) =>
      call("record", () => {
        if (!takesCall() || cloud.storage.results === "down") return down;
        // That a message was sent is final.
        const before = cloud.recorded.get(rowId) ?? [];
        const news = results.filter(({ platform }) =>
          before.every((one) => one.platform !== platform || one.kind !== "sent"),
        );
        const kept = before.filter(({ platform }) =>
          news.every((one) => one.platform !== platform),
        );
        cloud.recorded.set(rowId, [...kept, ...news]);
        return { kind: "done" };
      });

    const write = (line: string) => {
      cloud.log.push(line);
    };
    const log = { info: write, warn: write, error: write };
    const breakers = createCircuitBreakers(() => now);
    const behindAnswers = createBehindAnswers();
    const underWay = new Set<Promise<void>>();
    const delivery: Delivery & { intentOfRow: IntentOfRow } = {
      platforms,
      queue: intentQueue,
      intentOfRow,
      isForgotten,
      isNewest: (key, replacing) =>
        call("newest", () => {
          if (!takesCall() || cloud.storage.table === "down") return down;
          const known = newest.get(key);
          const value = known === undefined || !isNewer(known, replacing);
          if (value) newest.set(key, replacing);
          return { kind: "done", value };
        }),
      fanOut: createFanOut(
        sendToAudience,
        breakers,
        createBulkhead(mostSends),
        { settings: {}, messageTables: new Set([messageTable]) },
        () => now,
      ),
      recorders: new Map([[messageTable, record]]),
      breakers,
      sendSwitch: { ready: async () => {}, isOff: () => cloud.isSendingOff },
      schedule: createSchedule(retrySeconds),
      behindAnswers: {
        ...behindAnswers,
        begin(announcement, work) {
          const { promise, resolve } = Promise.withResolvers<void>();
          underWay.add(promise);
          behindAnswers.begin(announcement, async () => {
            await work();
            underWay.delete(promise);
            resolve();
          });
        },
      },
      processLog: log,
      now: () => now,
    };
    const announceInsert = createAnnounceInsert(delivery);
    const redeliver = createRedeliver(delivery);

    /** Inserts a row as the adapter of a table does. */
    const writeRow = (rowId: string) => (intentId: string, latest: number) =>
      call("insert row", (): Write<string> => {
        const unusual = cloud.nextInsert;
        cloud.nextInsert = undefined;
        if (now > latest) return { kind: "unknown", answer: "too late" };
        if (!takesCall() || cloud.storage.table === "down") {
          return { kind: "unknown", answer: "unavailable" };
        }
        if (unusual?.kind === "late") {
          const at = now + unusual.milliseconds;
          later.push({ at, run: () => void cloud.rows.set(rowId, intentId) });
          return { kind: "unknown", answer: "unavailable" };
        }
        const existing = cloud.rows.get(rowId);
        if (existing !== undefined) return { kind: "notWritten", answer: "exists" };
        cloud.rows.set(rowId, intentId);
        return unusual
          ? { kind: "unknown", answer: "unavailable" }
          : { kind: "written", answer: "inserted" };
      });

    async function handle(message: QueueMessage): Promise<void> {
      message.dequeueCount++;
      hide(message, now + hold);
      let held = receipt();
      message.popReceipt = held;
      const renew = () => {
        if (process.dead || ended || message.popReceipt !== held) return;
        held = receipt();
        message.popReceipt = held;
        hide(message, now + hold);
        later.push({ at: now + hold / 2, run: renew });
      };
      let ended = false;
      later.push({ at: now + hold / 2, run: renew });
      const { messageId, dequeueCount } = message;
      const content = structuredClone(message.content);
      const received = { messageId, popReceipt: held, content, dequeueCount };
      const failed = await redeliver(received, log).then(
        () => false,
        () => true,
      );
      ended = true;
      takesCall();
      // The host ignores that a receipt is stale.
      if (process.dead || queue.get(messageId)?.popReceipt !== held) return;
      if (!failed) {
        queue.delete(messageId);
      } else if (dequeueCount >= maxDequeueCount) {
        queue.delete(messageId);
        cloud.poisoned.push({ reason: "given up by the host", message: content });
      } else {
        hide(message, now + visibilityTimeout);
      }
    }

    return {
      process,
      behindAnswers,
      async insert(rowId, announcement) {
        const answer = await this.answer(rowId, announcement);
        await this.idle();
        return answer;
      },
      async answer(rowId, announcement = announcementOf(rowId)) {
        const answer = await announceInsert(
          announcement,
          writeRow(rowId),
          `invocation of ${rowId}`,
        );
        return typeof answer === "string" ? answer : answer.kind;
      },
      async idle() {
        await Promise.all(underWay);
      },
      async redeliver() {
        const visible = takeVisible();
        const received: QueueMessage[] = [];
        for (let first = 0; first < visible.length; first += batchSize) {
          const batch = visible.slice(first, first + batchSize);
          if (takesCall()) received.push(...batch);
          else for (const message of batch) hide(message, message.visibleAt);
        }
        await Promise.all(received.map(handle));
      },
    };
  }
}

export function announcementOf(rowId: string): Announcement {
  const source: Source = { table: "TodoItem", partition: "user", rowId };
  const audience = { kind: "user", digest: "user" } as const;
  return { audience, source, title: "New", text: `of ${rowId}`, data: { id: rowId } };
}

/** Announces a message, whose results are recorded. */
export function messageTo(audience: Audience, rowId: string): Announcement {
  const source: Source = { table: messageTable, partition: rowId, rowId };
  return { audience, source, title: "New", text: `of ${rowId}`, data: {} };
}

/** Returns the row and the replacement key that a payload shows. */
function shownBy(headers: Readonly<Record<string, string>>, body: string) {
  const [, rowId = ""] = /of ([\w-]+)/.exec(body) ?? [];
  const [, tag = ""] = /"tag":"(\w+)"/.exec(body) ?? [];
  return { rowId, key: headers["X-WNS-Tag"] ?? headers["apns-collapse-id"] ?? tag };
}
