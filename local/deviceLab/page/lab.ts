import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Item,
  type NewMessage,
  NotifyUsers,
  newId,
  ProblemError,
  type RegisteredDevice,
  TrustedBackend,
} from "../../../clients/typescript/client.ts";
import type { Addresses, TableExample } from "./addresses.ts";
import { type Delivery, Hub, type HubRequest, type Weather } from "./hub.ts";
import { type Screen, screensOf } from "./notices.ts";
import { deviceOf, newHandle, type Phone, type Platform, platformNames } from "./phone.ts";
import { itemKey, messageKey } from "./replacementKey.ts";
import { shownOf } from "./shown.ts";
import { type SignedIn, signIn } from "./signIn.ts";

export interface Person {
  readonly name: string;
  readonly items: readonly Item[];
  /** The devices, as the backend lists them; undefined until the settings are opened. */
  readonly devices?: readonly RegisteredDevice[];
}

/** What was announced: an item by its owner, or a message by a trusted backend. */
export type Announced =
  | { readonly kind: "item"; readonly by: string }
  /** The example of a table. */
  | { readonly kind: "row"; readonly by: string; readonly table: TableExample }
  | { readonly kind: "message"; readonly to: NewMessage["to"]; readonly title: string };

/** An insert of an item or a message, from the request on. */
export interface Insert {
  readonly id: string;
  readonly text: string;
  readonly what: Announced;
  readonly at: number;
  readonly status?: number | undefined;
  readonly milliseconds?: number | undefined;
  /** Why there is no item, as far as the client knows. */
  readonly problem?: string | undefined;
}

export interface Send {
  readonly platform: Platform;
  readonly request: HubRequest;
}

const formats: Readonly<Record<string, Platform>> = {
  apple: "apns",
  fcmv1: "fcmv1",
  windows: "wns",
};

/** How many deliveries and requests the page keeps. */
const mostKept = 5_000;

interface Kept {
  readonly people: readonly string[];
  readonly phones: readonly Phone[];
  readonly inserts: readonly Insert[];
}

/** How many inserts are kept over a reload. */
const insertsKept = 50;

/** The number changes with the form of what is kept. */
const keptUnder = "device-lab-2";

export class Lab {
  readonly addresses: Addresses;
  readonly people: Signal<readonly Person[]> = signal([]);
  readonly phones: Signal<readonly Phone[]> = signal([]);
  readonly deliveries: Signal<readonly Delivery[]> = signal([]);
  readonly requests: Signal<readonly HubRequest[]> = signal([]);
  readonly inserts: Signal<readonly Insert[]> = signal([]);
  /** The topics that the backend declares. */
  readonly topics: Signal<readonly string[]> = signal([]);
  readonly weather: Signal<Weather> = signal("fine");
  /** How many notifications wait on the queue. */
  readonly waiting: Signal<number> = signal(0);
  /** What went wrong last, in a sentence. */
  readonly fault: Signal<string | undefined> = signal(undefined);
  readonly busy: Signal<boolean> = signal(false);
  /** The newest notification, for a screen reader. */
  readonly spoken: ReadonlySignal<string>;
  /** What the phone of each handle shows. */
  readonly screens: ReadonlySignal<ReadonlyMap<string, Screen>>;

  readonly #hub: Hub;
  readonly #backend: TrustedBackend;
  readonly #sessions = new Map<string, Promise<SignedIn>>();
  readonly #joining = new Map<string, Promise<void>>();
  /** The last change of topics of each phone. */
  readonly #subscribing = new Map<string, Promise<boolean>>();
  /** The replacement key of each insert, which its sends have. */
  readonly #keys: Signal<ReadonlyMap<string, string>> = signal(new Map());

  constructor(addresses: Addresses) {
    this.addresses = addresses;
    this.#hub = new Hub(addresses.hub);
    this.#backend = new TrustedBackend({ url: addresses.functions });
    this.screens = computed(() => screensOf(this.deliveries.value));
    this.spoken = computed(() => {
      const newest = this.deliveries.value.at(-1);
      if (newest === undefined) return "";
      const phone = this.phones.value.find(({ handle }) => handle === newest.handle);
      const { kind, title, text } = shownOf(newest);
      const where =
        phone === undefined
          ? "A phone"
          : `${phone.owner ?? "no one"}'s ${platformNames[phone.platform]}`;
      return `${where}: ${kind === "shown" ? `${title} ${text}` : "nothing to see"}`;
    });
  }

  /** Takes up what the last visit left, and follows the hub and the queue. */
  start(): void {
    const kept = readKept();
    this.phones.value = kept.phones;
    this.people.value = kept.people.map((name) => ({ name, items: [] }));
    this.inserts.value = kept.inserts.map((insert) =>
      insert.status === undefined && insert.problem === undefined
        ? { ...insert, problem: "the page was left before it came" }
        : insert,
    );
    for (const insert of kept.inserts) void this.#learnKey(insert);
    for (const name of kept.people) void this.attempt(() => this.#refresh(name));
    const [anyone] = kept.people;
    if (anyone !== undefined) void this.attempt(() => this.#learnTopics(anyone));
    void this.attempt(async () => {
      this.weather.value = (await this.#hub.weather()) ?? "fine";
    });
    effect(() => {
      const people = this.people.value.map(({ name }) => name);
      const inserts = this.inserts.value.slice(0, insertsKept);
      const kept: Kept = { people, phones: this.phones.value, inserts };
      sessionStorage.setItem(keptUnder, JSON.stringify(kept));
    });
    this.#hub.followDeliveries(inBatches(this.deliveries));
    const addRequest = inBatches(this.requests);
    this.#hub.followRequests((request) => {
      // Only sends have a format.
      if (request.format !== undefined) addRequest(request);
    });
    const queue = new EventSource("/queue");
    queue.addEventListener("message", ({ data }) => {
      this.waiting.value = Number(data);
    });
  }

  /** Does something, and shows the sentence if it fails. */
  async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      this.fault.value = undefined;
      await action();
      return true;
    } catch (error) {
      this.fault.value = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  /** Signs alice in with an iPhone and bob with an Android phone. */
  async begin(): Promise<void> {
    this.busy.value = true;
    await this.attempt(async () => {
      await Promise.all([this.#join("alice"), this.#join("bob")]);
      await Promise.all([this.#addPhone("alice", "apns"), this.#addPhone("bob", "fcmv1")]);
    });
    this.busy.value = false;
  }

  addPerson(name: string): Promise<boolean> {
    return this.attempt(() => this.#join(name));
  }

  addPhone(owner: string, platform: Platform): Promise<boolean> {
    return this.attempt(() => this.#addPhone(owner, platform));
  }

  /** Signs a person in, once however often it is asked for. */
  #join(name: string): Promise<void> {
    if (name === "") return Promise.reject(new Error("A person needs a name."));
    if (this.people.value.some((person) => person.name === name)) return Promise.resolve();
    const joining =
      this.#joining.get(name) ??
      this.#session(name)
        .then(async () => {
          this.people.value = [...this.people.value, { name, items: [] }];
          await Promise.all([this.#refresh(name), this.#learnTopics(name)]);
        })
        .finally(() => this.#joining.delete(name));
    this.#joining.set(name, joining);
    return joining;
  }

  async #addPhone(owner: string, platform: Platform): Promise<void> {
    const phone: Phone = {
      id: newId(),
      platform,
      handle: newHandle(platform),
      installationId: newId(),
      owner,
      expired: false,
      sandbox: false,
      topics: [],
    };
    await this.#register(phone);
    this.phones.value = [...this.phones.value, phone];
  }

  /** Signs the phone in as another person, reinstalls the app, or gets another handle: and registers it again. */
  change(phone: Phone, changes: Partial<Phone>): Promise<boolean> {
    return this.attempt(async () => {
      const changed = { ...phone, ...changes };
      if (changed.owner !== undefined && changed.owner !== phone.owner)
        await this.#join(changed.owner);
      await this.#register(changed);
      this.#replace(changed);
    });
  }

  /** Subscribes a phone to a topic, or ends that. Several clicks count in their order. */
  setTopic({ id }: Phone, topic: string, wanted: boolean): Promise<boolean> {
    const before = this.#subscribing.get(id) ?? Promise.resolve(true);
    const subscribing = before.then(async () => {
      const phone = this.phones.value.find((one) => one.id === id);
      if (phone === undefined) return false;
      const others = phone.topics.filter((one) => one !== topic);
      return this.change(phone, { topics: wanted ? [...others, topic] : others });
    });
    this.#subscribing.set(id, subscribing);
    return subscribing;
  }

  rotateHandle(phone: Phone): Promise<boolean> {
    return this.change(phone, {
      handle: newHandle(phone.platform),
      expired: false,
      sandbox: false,
    });
  }

  reinstall(phone: Phone): Promise<boolean> {
    return this.change(phone, { installationId: newId() });
  }

  signOut(phone: Phone): Promise<boolean> {
    return this.attempt(async () => {
      if (phone.owner === undefined) return;
      await (await this.#client(phone.owner)).unregisterDevice(phone.installationId);
      this.#replace({ ...phone, owner: undefined });
    });
  }

  expire(phone: Phone): Promise<boolean> {
    return this.attempt(async () => {
      await this.#hub.setDevice(phone.handle, { state: phone.expired ? "active" : "expired" });
      const changed = { ...phone, expired: !phone.expired };
      // The hub forgets the registration of an expired handle.
      if (phone.expired) await this.#register(changed);
      this.#replace(changed);
    });
  }

  switchEnvironment(phone: Phone): Promise<boolean> {
    return this.attempt(async () => {
      const environment = phone.sandbox ? "production" : "sandbox";
      await this.#hub.setDevice(phone.handle, { environment });
      this.#replace({ ...phone, sandbox: !phone.sandbox });
    });
  }

  setWeather(weather: Weather): Promise<boolean> {
    return this.attempt(async () => {
      await this.#hub.setWeather(weather);
      this.weather.value = weather;
    });
  }

  /** Inserts an item. @param id of an earlier insert, to send it again */
  async insert(by: string, text: string, id = newId()): Promise<void> {
    const what = { kind: "item", by } as const;
    const isStored = await this.#announce({ id, text, what }, async () => {
      await (await this.#client(by)).insertItem({ id, text });
      return 201;
    });
    // If the list fails, the item is stored all the same.
    if (isStored) await this.attempt(() => this.#refresh(by));
  }

  /** The tables beside the to-do list. */
  get otherTables(): readonly TableExample[] {
    return this.addresses.tables.filter(({ name }) => name !== "TodoItem");
  }

  /** Inserts the example of a table. @param id of an earlier insert, to send it again */
  async insertExample(by: string, table: TableExample, id = newId()): Promise<void> {
    const text = `the example of ${table.name}`;
    await this.#announce({ id, text, what: { kind: "row", by, table } }, async () => {
      await (await this.#client(by)).table(table.name).insert({ ...table.example, id });
      return 201;
    });
  }

  /** Sends a message as a trusted backend. @param id of an earlier message, to send it again */
  async sendMessage(
    to: NewMessage["to"],
    title: string,
    text: string,
    id = newId(),
  ): Promise<void> {
    await this.#announce({ id, text, what: { kind: "message", to, title } }, async () => {
      await this.#backend.sendMessage({ id, to, title, text });
      return 202;
    });
  }

  sendAgain({ id, text, what }: Insert): Promise<void> {
    switch (what.kind) {
      case "item":
        return this.insert(what.by, text, id);
      case "row":
        return this.insertExample(what.by, what.table, id);
      case "message":
        return this.sendMessage(what.to, what.title, text, id);
    }
  }

  /**
   * Notes an insert and what becomes of it.
   *
   * @param insert returns the status of the answer
   * @returns whether it is stored
   */
  async #announce(
    { id, text, what }: Pick<Insert, "id" | "text" | "what">,
    insert: () => Promise<number>,
  ): Promise<boolean> {
    const at = Date.now();
    const begun = performance.now();
    const known = this.inserts.value.some((insert) => insert.id === id);
    const note = (changes: Partial<Insert>): void => {
      this.inserts.value = this.inserts.value.map((insert) =>
        insert.id === id ? { ...insert, ...changes } : insert,
      );
    };
    if (!known) this.inserts.value = [{ id, text, what, at }, ...this.inserts.value];
    note({ status: undefined, milliseconds: undefined, problem: undefined });
    await this.#learnKey({ id, what });
    try {
      const status = await insert();
      note({ status, milliseconds: Math.round(performance.now() - begun) });
      return true;
    } catch (error) {
      const status = error instanceof ProblemError ? { status: error.status } : {};
      note({ ...status, problem: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  /** Lists a person's devices, as the settings of an app do. */
  showDevices(name: string): Promise<boolean> {
    return this.attempt(async () => {
      const devices = await (await this.#client(name)).listDevices();
      this.people.value = this.people.value.map((person) =>
        person.name === name ? { ...person, devices } : person,
      );
    });
  }

  /** Signs a lost phone out. The phone itself does not notice. */
  async removeDevice(name: string, registrationId: string): Promise<void> {
    await this.attempt(async () => {
      await (await this.#client(name)).removeDevice(registrationId);
    });
    await this.showDevices(name);
  }

  /** Deletes everything that the backend keeps of a person. */
  async forget(name: string): Promise<void> {
    await this.attempt(async () => {
      await (await this.#client(name)).forgetMe();
      await this.#refresh(name);
    });
    await this.showDevices(name);
  }

  complete(by: string, { id, complete }: Item): Promise<boolean> {
    return this.attempt(async () => {
      await (await this.#client(by)).updateItem(id, { complete: !complete });
      await this.#refresh(by);
    });
  }

  remove(by: string, { id }: Item): Promise<boolean> {
    return this.attempt(async () => {
      await (await this.#client(by)).deleteItem(id);
      await this.#refresh(by);
    });
  }

  /** Returns what the hub was asked for an insert, in the order of the platforms. */
  sendsOf({ id }: Insert): readonly Send[] {
    const sends = this.requests.value.flatMap((request): Send[] => {
      const platform = formats[request.format ?? ""];
      const isOwn = this.#keys.value.get(request.replacementKey ?? "") === id;
      return platform !== undefined && isOwn ? [{ platform, request }] : [];
    });
    return sends.sort(
      (a, b) => a.platform.localeCompare(b.platform) || a.request.seq - b.request.seq,
    );
  }

  async #learnKey({ id, what }: Pick<Insert, "id" | "what">): Promise<void> {
    const key =
      what.kind === "message"
        ? await messageKey(what.to, id)
        : await itemKey(
            this.userIdOf(what.by),
            what.kind === "row" ? what.table.name : "TodoItem",
            id,
          );
    this.#keys.value = new Map([...this.#keys.value, [key, id]]);
  }

  /** Returns a person's user id at the backend: the provider's name and the subject. */
  userIdOf(name: string): string {
    return `${this.addresses.signIn === "platform" ? "facebook" : "local"}:${name}`;
  }

  #replace(phone: Phone): void {
    this.phones.value = this.phones.value.map((one) => (one.id === phone.id ? phone : one));
  }

  async #register(phone: Phone): Promise<void> {
    if (phone.owner === undefined) return;
    const client = await this.#client(phone.owner);
    // A topic of an earlier run may not be declared any more.
    const topics = phone.topics.filter((topic) => this.topics.value.includes(topic));
    await client.registerDevice(phone.installationId, deviceOf({ ...phone, topics }));
  }

  async #learnTopics(name: string): Promise<void> {
    this.topics.value = await (await this.#client(name)).listTopics();
  }

  async #refresh(name: string): Promise<void> {
    const client = await this.#client(name);
    const items: Item[] = [];
    for await (const item of client.listItems({ orderBy: "createdAt desc", top: 50 }))
      items.push(item);
    this.people.value = this.people.value.map((person) =>
      person.name === name ? { ...person, items } : person,
    );
  }

  #session(name: string): Promise<SignedIn> {
    const known = this.#sessions.get(name) ?? signIn(this.addresses, name);
    this.#sessions.set(name, known);
    known.catch(() => this.#sessions.delete(name));
    return known;
  }

  async #client(name: string): Promise<NotifyUsers> {
    const { token, tokenHeader } = await this.#session(name);
    return new NotifyUsers({
      url: this.addresses.functions,
      tokenHeader,
      token: async (rejected) => {
        if (rejected === undefined) return token;
        this.#sessions.delete(name);
        return (await this.#session(name)).token;
      },
    });
  }
}

/** Returns a function that adds to a list. Many entries at once, as on the first look, change it only a few times. */
function inBatches<Entry extends { readonly seq: number }>(
  list: Signal<readonly Entry[]>,
): (entry: Entry) => void {
  let batch: Entry[] = [];
  return (entry) => {
    if (batch.length === 0) {
      setTimeout(() => {
        // The numbers begin again when the hub is reset.
        const isReset = (batch[0]?.seq ?? 0) <= (list.value.at(-1)?.seq ?? 0);
        list.value = [...(isReset ? [] : list.value), ...batch].slice(-mostKept);
        batch = [];
      }, 16);
    }
    batch.push(entry);
  };
}

function readKept(): Kept {
  try {
    const kept: Kept = JSON.parse(sessionStorage.getItem(keptUnder) ?? "");
    const lists = [kept.people, kept.phones, kept.inserts];
    if (lists.every((list) => Array.isArray(list))) return kept;
  } catch {
    // There is none, or another version wrote it.
  }
  return { people: [], phones: [], inserts: [] };
}
