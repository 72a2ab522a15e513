import type { components, paths } from "./contract.ts";

type Schemas = components["schemas"];

/** A platform, the handle that the platform gave to this device, and the topics that it wants. */
export type Device = Schemas["Device"];
export type Registration = Schemas["Registration"];
/** One of the user's devices, for the settings of an app. */
export type RegisteredDevice = Schemas["RegisteredDevice"];

/** The name of a table of the app. */
export type TableName = {
  [Path in keyof paths]: Path extends `/tables/${infer Name}/{id}` ? Name : never;
}[keyof paths];
/** A row of a table, as its owner sees it. */
export type RowOf<Name extends TableName> = Schemas[Name & keyof Schemas];
/** A row to insert. */
export type NewRowOf<Name extends TableName> = Schemas[`New${Name}` & keyof Schemas];
/** The members of a row to change. */
export type RowChangesOf<Name extends TableName> = Schemas[`${Name}Changes` & keyof Schemas];

export type Item = RowOf<"TodoItem">;
export type NewItem = NewRowOf<"TodoItem">;
export type ItemChanges = RowChangesOf<"TodoItem">;

/** A message of a trusted backend. */
export type NewMessage = Schemas["NewMessage"];
/** What became of a message. */
export type Message = Schemas["Message"];
export type InputFault = NonNullable<NonNullable<Schemas["InputProblem"]["errors"]>[number]>;

type WithoutPrefix<Type> = Type extends `urn:problem-type:notify-users:${infer Name}`
  ? Name
  : never;

/**
 * The name of a problem, to branch on: docs/errors.md. `other`: the answer is not of the app, such as that of a proxy. A
 * newer app may have further names.
 */
export type ProblemName = WithoutPrefix<Schemas["Problem"]["type"]> | "other" | (string & {});

interface CommonOptions {
  /** The address of the functions, such as `https://notify-users.azurewebsites.net`. */
  readonly url: string | URL;
  /**
   * How long a call may take with all its repeats, in milliseconds. Default: 30,000. A request that is not safe to repeat
   * is sent once.
   */
  readonly patience?: number;
  /** The implementation of `fetch`. Default: the global one. */
  readonly fetch?: typeof fetch;
}

export interface TrustedBackendOptions extends CommonOptions {
  /** A function key of the app. No app on a device has it. Default: none, which the local stack accepts. */
  readonly key?: string;
}

export interface NotifyUsersOptions extends CommonOptions {
  /**
   * Returns the token of the signed-in user. It is called for each request.
   *
   * @param rejected a token that the app has just refused, perhaps because it has expired. Return another one to repeat
   * the request once, or the same one to let it fail
   */
  readonly token: (rejected?: string) => string | Promise<string>;
  /** Where the token goes. `X-ZUMO-AUTH` is for the tokens of App Service Authentication. Default: `Authorization`. */
  readonly tokenHeader?: "Authorization" | "X-ZUMO-AUTH";
}

export interface CallOptions {
  /** Aborts the call, also while it waits for a repeat. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ListQuery<Member extends string> {
  /** In the filter language of OData, such as `complete eq false`. `quoted` writes a text into it. */
  readonly filter?: string;
  /** Such as `createdAt desc`. */
  readonly orderBy?: string;
  /** The most items to list. */
  readonly top?: number;
  /** How many items to leave out at the beginning. */
  readonly skip?: number;
  /** The members to list. Default: all. */
  readonly select?: readonly Member[];
}

/** An answer that is no success. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** What to branch on. */
  readonly problem: ProblemName;
  readonly status: number;
  /** Every fault of the input. */
  readonly faults: readonly InputFault[];
  /** How long to wait before the next try, in seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: unknown, retryAfter: number | undefined) {
    const { type, detail, errors } = Object(body);
    const [, name] = /^urn:problem-type:notify-users:([a-z-]+)$/.exec(String(type)) ?? [];
    super(typeof detail === "string" ? detail : `The answer has the status ${status}.`);
    this.problem = name ?? "other";
    this.status = status;
    this.faults = Array.isArray(errors) ? errors : [];
    this.retryAfter = retryAfter;
  }
}

/** The item has changed since the version that the call named. */
export class ItemChangedError extends Error {
  override readonly name = "ItemChangedError";
  /** The current item. */
  readonly item: Item;

  constructor(item: Item) {
    super("The item has changed meanwhile.");
    this.item = item;
  }
}

/** Writes a text as a literal of the filter language. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Makes an id for an installation or an item. An app makes one for its installation once, and keeps it. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Request {
  readonly method: string;
  /** The path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether it does the same if the app gets it twice. */
  readonly repeatable: boolean;
}

/** The first wait between two tries, in milliseconds. It doubles. */
const firstWait = 250;
const longestWait = 8_000;

/** How long one try may take, in milliseconds. The app answers within 10 seconds, or not at all. */
const longestTry = 15_000;

/** The statuses of an app, a host or a proxy that is busy or away. */
const passing: ReadonlySet<number> = new Set([502, 503, 504]);

/** The calls of a signed-in user's app. */
export class NotifyUsers {
  readonly #calls: Calls;
  /** Of this device, if it has registered. */
  #registrationId: string | undefined;

  constructor({ token, tokenHeader = "Authorization", ...options }: NotifyUsersOptions) {
    const value = (sent: string) => (tokenHeader === "Authorization" ? `Bearer ${sent}` : sent);
    this.#calls = new Calls(options, token, (sent) => ({ [tokenHeader]: value(sent) }));
  }

  /**
   * Registers this device for the signed-in user. Call it at every sign-in, at every start, and when the handle changes.
   *
   * @param installationId made once by `newId` and kept by the app; a secret of the device
   */
  async registerDevice(
    installationId: string,
    device: Device,
    options?: CallOptions,
  ): Promise<Registration> {
    const registration = await this.#calls.json<Registration>(
      {
        method: "POST",
        path: "/api/register_notifications",
        headers: { "X-ZUMO-INSTALLATION-ID": installationId },
        body: device,
        repeatable: true,
      },
      options,
    );
    this.#registrationId = registration.registrationId;
    return registration;
  }

  /** Ends the user's notifications on this device. Call it at sign-out, before the token goes. */
  async unregisterDevice(installationId: string, options?: CallOptions): Promise<void> {
    await this.#calls.send(
      {
        method: "DELETE",
        path: "/api/register_notifications",
        headers: { "X-ZUMO-INSTALLATION-ID": installationId },
        repeatable: true,
      },
      options,
    );
  }

  /** Lists the user's devices. @param installationId says which of them is this one */
  async listDevices(
    installationId?: string,
    options?: CallOptions,
  ): Promise<readonly RegisteredDevice[]> {
    const headers =
      installationId === undefined ? {} : { "X-ZUMO-INSTALLATION-ID": installationId };
    const request = { method: "GET", path: "/api/devices", headers, repeatable: true };
    return (await this.#calls.json<Schemas["Devices"]>(request, options)).devices;
  }

  /** Ends the notifications of one of the user's devices. It may have none any more. */
  async removeDevice(registrationId: string, options?: CallOptions): Promise<void> {
    const path = `/api/devices/${encodeURIComponent(registrationId)}`;
    try {
      await this.#calls.send({ method: "DELETE", path, repeatable: true }, options);
    } catch (error) {
      if (error instanceof ProblemError && error.problem === "device-not-found") return;
      throw error;
    }
  }

  /**
   * Says that the user opened a message, by the `notificationId` of its data. The backend counts roughly, so it is sent once:
   * do not wait for it, and do not repeat it.
   */
  async notificationOpened(notificationId: string, options?: CallOptions): Promise<void> {
    const path = `/api/notifications/${encodeURIComponent(notificationId)}/opened`;
    await this.#calls.send({ method: "POST", path, repeatable: false }, options);
  }

  /**
   * Deletes everything that is kept of the user: "delete my account". It removes this device by its id first, because the
   * lists of the hub may not show it yet. It repeats the call until there is nothing more, so that it may take longer than
   * `patience`; `signal` ends it.
   */
  async forgetMe(options?: CallOptions): Promise<void> {
    if (this.#registrationId !== undefined) {
      await this.removeDevice(this.#registrationId, options);
      this.#registrationId = undefined;
    }
    const request = { method: "DELETE", path: "/api/me", repeatable: true };
    for (;;) {
      const { status, headers } = await this.#calls.send(request, options);
      if (status !== 202) return;
      await pause((secondsUntil(headers.get("Retry-After")) ?? 1) * 1_000, options?.signal);
    }
  }

  /** Lists the topics that devices may subscribe to. */
  async listTopics(options?: CallOptions): Promise<readonly string[]> {
    const request = { method: "GET", path: "/api/topics", repeatable: true };
    const { topics } = await this.#calls.json<Schemas["Topics"]>(request, options);
    return topics;
  }

  /** Returns the calls of a table, such as `table("TodoItem")`. */
  table<Name extends TableName>(name: Name): TableCalls<Name> {
    return new TableCalls(name, this.#calls);
  }

  /** As of {@link TableCalls.insert}, for the to-do list. */
  insertItem(item: NewItem, options?: CallOptions): Promise<Item> {
    return this.table("TodoItem").insert(item, options);
  }

  /** As of {@link TableCalls.get}, for the to-do list. */
  getItem(id: string, options?: CallOptions): Promise<Item | undefined> {
    return this.table("TodoItem").get(id, options);
  }

  /** As of {@link TableCalls.list}, for the to-do list. */
  listItems<Member extends keyof Item = keyof Item>(
    query: ListQuery<Member> = {},
    options?: CallOptions,
  ): AsyncGenerator<Pick<Item, Member>, void> {
    return this.table("TodoItem").list(query, options);
  }

  /** As of {@link TableCalls.update}, for the to-do list. */
  updateItem(
    id: string,
    changes: ItemChanges,
    options: CallOptions & { readonly version?: string } = {},
  ): Promise<Item> {
    return this.table("TodoItem").update(id, changes, options);
  }

  /** As of {@link TableCalls.delete}, for the to-do list. */
  deleteItem(id: string, options: CallOptions & { readonly version?: string } = {}): Promise<void> {
    return this.table("TodoItem").delete(id, options);
  }
}

/** The calls of one table, for the signed-in user's rows. */
export class TableCalls<Name extends TableName> {
  readonly #path: string;
  readonly #calls: Calls;

  constructor(name: Name, calls: Calls) {
    this.#path = `/tables/${name}`;
    this.#calls = calls;
  }

  #pathOf(id: string): string {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }

  /** Inserts an item, and notifies its owner's devices once, however often the request has to be repeated. */
  async insert(row: NewRowOf<Name>, options?: CallOptions): Promise<RowOf<Name>> {
    const { id = newId() } = Object(row);
    const body = { ...Object(row), id };
    const request = { method: "POST", path: this.#path, body, repeatable: true };
    return this.#calls.json(request, options);
  }

  /** Returns the item, or undefined if the user has none with this id. */
  async get(id: string, options?: CallOptions): Promise<RowOf<Name> | undefined> {
    try {
      const request = { method: "GET", path: this.#pathOf(id), repeatable: true };
      return await this.#calls.json(request, options);
    } catch (error) {
      if (error instanceof ProblemError && error.problem === "item-not-found") return undefined;
      throw error;
    }
  }

  /** Lists the user's items. It gets a page when the loop needs it. */
  async *list<Member extends keyof RowOf<Name> & string = keyof RowOf<Name> & string>(
    { filter, orderBy, top, skip, select }: ListQuery<Member> = {},
    options?: CallOptions,
  ): AsyncGenerator<Pick<RowOf<Name>, Member>, void> {
    const query = new URLSearchParams();
    if (filter !== undefined) query.set("$filter", filter);
    if (orderBy !== undefined) query.set("$orderby", orderBy);
    if (top !== undefined) query.set("$top", String(top));
    if (skip !== undefined) query.set("$skip", String(skip));
    if (select !== undefined) query.set("$select", select.join(","));
    let path: string | undefined = `${this.#path}?${query}`;
    const followed = new Set<string>();
    while (path !== undefined) {
      if (followed.has(path)) throw new Error("The pages of the list lead back to themselves.");
      followed.add(path);
      const response: Response = await this.#calls.send(
        { method: "GET", path, repeatable: true },
        options,
      );
      const items: Pick<RowOf<Name>, Member>[] = JSON.parse(await response.text());
      yield* items;
      path = /<([^>]+)>[^,<]*;\s*rel="?(?:[^",]*\s)?next(?:[\s";,]|$)/.exec(
        response.headers.get("Link") ?? "",
      )?.[1];
    }
  }

  /**
   * Changes the given members of an item.
   *
   * @param version changes the item only if it still has this version
   * @throws ItemChangedError if it has another one. After a lost answer this request is not repeated: get the item
   */
  async update(
    id: string,
    changes: RowChangesOf<Name>,
    { version, ...options }: CallOptions & { readonly version?: string } = {},
  ): Promise<RowOf<Name>> {
    const repeatable = version === undefined;
    const headers = ifMatch(version);
    return this.#calls.json(
      { method: "PATCH", path: this.#pathOf(id), headers, body: changes, repeatable },
      options,
    );
  }

  /** Deletes an item. @param version as in `update` */
  async delete(
    id: string,
    { version, ...options }: CallOptions & { readonly version?: string } = {},
  ): Promise<void> {
    const repeatable = version === undefined;
    const headers = ifMatch(version);
    await this.#calls.send(
      { method: "DELETE", path: this.#pathOf(id), headers, repeatable },
      options,
    );
  }
}

/** The calls of a trusted backend. */
export class TrustedBackend {
  readonly #calls: Calls;

  constructor({ key = "", ...options }: TrustedBackendOptions) {
    const headers = key === "" ? {} : { "x-functions-key": key };
    this.#calls = new Calls(
      options,
      () => key,
      () => headers,
    );
  }

  /**
   * Sends a message to a user, to the subscribers of a topic, or to everyone: once, however often the request has to be
   * repeated.
   *
   * @returns the message's id, for `getMessage`
   */
  async sendMessage(message: NewMessage, options?: CallOptions): Promise<string> {
    const body = { ...message, id: message.id ?? newId() };
    const path = "/api/notifications";
    const request = { method: "POST", path, body, repeatable: true };
    return (await this.#calls.json<Schemas["AcceptedMessage"]>(request, options)).id;
  }

  /** Returns what became of a message, or undefined if there is none with this id. */
  async getMessage(id: string, options?: CallOptions): Promise<Message | undefined> {
    const path = `/api/notifications/${encodeURIComponent(id)}`;
    try {
      return await this.#calls.json({ method: "GET", path, repeatable: true }, options);
    } catch (error) {
      if (error instanceof ProblemError && error.problem === "message-not-found") return undefined;
      throw error;
    }
  }
}

/** Sends requests with a caller's credentials, and repeats what is safe to repeat. */
class Calls {
  readonly #options: CommonOptions;
  readonly #token: NotifyUsersOptions["token"];
  readonly #headersFor: (token: string) => Readonly<Record<string, string>>;

  constructor(
    options: CommonOptions,
    token: NotifyUsersOptions["token"],
    headersFor: (token: string) => Readonly<Record<string, string>>,
  ) {
    this.#options = options;
    this.#token = token;
    this.#headersFor = headersFor;
  }

  async json<Body>(request: Request, options: CallOptions | undefined): Promise<Body> {
    return JSON.parse(await (await this.send(request, options)).text());
  }

  /** Sends a request until there is an answer, the patience ends, or the failure would stay the same. */
  async send(request: Request, { signal }: CallOptions = {}): Promise<Response> {
    const { patience = 30_000 } = this.#options;
    const end = Date.now() + patience;
    let sent = await this.#token();
    let renewed = false;
    let lost = false;
    for (let tries = 1; ; tries++) {
      throwIfAborted(signal);
      const answer = await this.#try(request, sent, end, signal);
      if (answer instanceof Response) {
        if (answer.ok) return answer;
        const current = answer.status === 412 ? itemIn(await answer.clone().text()) : undefined;
        if (current !== undefined) throw new ItemChangedError(current);
      }
      const failure = answer instanceof Response ? await problemOf(answer) : answer;
      if (failure instanceof ProblemError && failure.problem === "invalid-token" && !renewed) {
        renewed = true;
        const another = await this.#token(sent);
        if (another === sent) throw failure;
        sent = another;
        continue;
      }
      const isGone = failure instanceof ProblemError && failure.problem === "item-not-found";
      // An earlier try, whose answer was lost, has deleted it.
      if (isGone && lost && request.method === "DELETE") return new Response(null, { status: 204 });
      lost ||=
        !(failure instanceof ProblemError) ||
        (failure.problem === "other" && failure.status !== 429);
      const wait = waitAfter(failure, tries);
      if (!mayRepeat(request, failure) || Date.now() + wait >= end) throw failure;
      await pause(wait, signal);
    }
  }

  /** Returns the answer, or the error if there is none. */
  async #try(
    { method, path, headers, body }: Request,
    token: string,
    end: number,
    signal: AbortSignal | undefined,
  ): Promise<Response | Error> {
    const { url, fetch: send = fetch } = this.#options;
    const address = new URL(path, url);
    // The token is for the app alone, wherever a link leads.
    if (address.origin !== new URL(url).origin) throw new Error("A link leads to another server.");
    // What is wrong here stays wrong, so it is no reason to repeat.
    const all = new Headers({
      ...headers,
      ...(body !== undefined && { "Content-Type": "application/json" }),
    });
    for (const [name, value] of Object.entries(this.#headersFor(token))) {
      // The error of `fetch` would quote it.
      if (!/^[\x20-\x7e]*$/.test(value)) throw new Error(`This is no value of ${name}.`);
      all.set(name, value);
    }
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    // React Native has neither AbortSignal.timeout nor AbortSignal.any.
    const controller = new AbortController();
    const stop = () => controller.abort(signal?.reason);
    const longest = Math.min(longestTry, Math.max(1, end - Date.now()));
    const timer = setTimeout(
      () => controller.abort(new Error("There is no answer in time.")),
      longest,
    );
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const answer = await send(address, {
        method,
        headers: all,
        ...text,
        // The app never redirects, and another server must not get the token.
        redirect: "error",
        signal: controller.signal,
      });
      // An answer whose body is cut off is a lost one.
      const { status, headers: received } = answer;
      const whole = await answer.text();
      return new Response(whole === "" ? null : whole, { status, headers: received });
    } catch (error) {
      throwIfAborted(signal);
      return error instanceof Error ? error : new Error("There is no answer.");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new Error("The call was aborted.");
}

function ifMatch(version: string | undefined): Readonly<Record<string, string>> {
  return version === undefined ? {} : { "If-Match": `"${version}"` };
}

async function problemOf(response: Response): Promise<ProblemError> {
  const after = secondsUntil(response.headers.get("Retry-After"));
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // The answer is not of the app.
  }
  return new ProblemError(response.status, body, after);
}

/** Reads a `Retry-After`: seconds, or a date. Returns at least one second, or undefined if it is neither. */
function secondsUntil(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const seconds = /^\d+$/.test(text.trim())
    ? Number(text)
    : Math.ceil((Date.parse(text) - Date.now()) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.max(1, seconds);
}

/** Returns the item in the body of a 412, or undefined if the answer is not of the app. */
function itemIn(text: string): Item | undefined {
  try {
    const item: Item = JSON.parse(text);
    return typeof item.id === "string" ? item : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether another try may do what this one did not, and nothing twice. */
function mayRepeat({ repeatable }: Request, failure: Error): boolean {
  if (!(failure instanceof ProblemError)) return repeatable;
  // What the app refuses for its operator's sake stays refused.
  if (failure.problem.endsWith("-refuses-app")) return false;
  // The host refuses what it has no room for before the app sees it.
  if (failure.status === 429) return true;
  // An empty 500 is the host's: its worker has ended, and may have done the work.
  if (failure.status === 500 && failure.problem === "other") return repeatable;
  return passing.has(failure.status) && (repeatable || failure.problem !== "other");
}

/** Returns how long to wait, in milliseconds: what the app asks for, or a time that doubles, both with jitter. */
function waitAfter(failure: Error, tries: number): number {
  const asked = failure instanceof ProblemError ? failure.retryAfter : undefined;
  if (asked !== undefined) return asked * 1_000 * (1 + Math.random() / 4);
  return Math.min(longestWait, firstWait * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
