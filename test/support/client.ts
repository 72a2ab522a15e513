import { randomBytes, randomUUID } from "node:crypto";
import * as v from "valibot";
import { inject } from "vitest";
import { parseJson } from "../../src/http/parseJson.ts";
import { type Exchange, faultsOf, namesIn } from "../contract/contract.ts";
import { note } from "../contract/seen.ts";
import { queueLength } from "./queues.ts";
import type { TestStack } from "./testStack.ts";
import { until } from "./until.ts";

/** A response with its whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; `undefined` if it is not JSON. */
  readonly body: unknown;
}

/** Sends a request to the functions, and holds the answer against the contract. */
export async function send(
  { addresses }: TestStack,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  // Of a host that asks for one: see CONTRIBUTING.md.
  const key = process.env["FUNCTIONS_KEY"];
  const requestBody = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(addresses.functions + path, {
    method,
    redirect: "manual",
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== undefined && { "x-functions-key": key }),
      ...headers,
    },
    ...(requestBody !== undefined && { body: requestBody }),
  });
  const text = await response.text();
  holdAgainstContract({
    method,
    path,
    ...(requestBody !== undefined && { requestBody }),
    status: response.status,
    headers: response.headers,
    text,
  });
  return { status: response.status, headers: response.headers, text, body: parseJson(text) };
}

/** Fails the test if the contract does not allow an answer. Notes what the answer shows of the contract. */
function holdAgainstContract(exchange: Exchange): void {
  const faults = faultsOf(exchange);
  if (faults.length > 0) throw new Error(`docs/openapi.yaml differs:\n${faults.join("\n")}`);
  // A benchmark sends requests too, outside of a run of tests.
  if (process.env["VITEST"]) note(inject("seen"), namesIn(exchange));
}

const tokenAnswer = v.object({ access_token: v.string() });

/** Signs in at the stack's issuer and returns the token. */
export async function signIn({ addresses }: TestStack, username: string): Promise<string> {
  const response = await fetch(`${addresses.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "password", username }),
  });
  return v.parse(tokenAnswer, await response.json()).access_token;
}

export interface TestDevice {
  readonly installationId: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly handle: string;
}

/** A Windows device of the tutorial's app. */
export function windowsDevice(): TestDevice {
  const channelUri = `https://db5.notify.windows.com/?token=${randomBytes(24).toString("base64url")}%3d`;
  return device({ platform: "win8", channelUri }, channelUri);
}

/** An iPhone of the tutorial's app. */
export function iPhone(): TestDevice {
  const deviceToken = randomBytes(32).toString("hex").toUpperCase();
  return device({ platform: "ios", deviceToken }, deviceToken);
}

/** An Android phone. */
export function androidPhone(): TestDevice {
  const registrationToken = `${randomBytes(11).toString("base64url")}:${randomBytes(70).toString("base64url")}`;
  return device({ platform: "android", registrationToken }, registrationToken);
}

function device(body: Record<string, string>, handle: string): TestDevice {
  return { installationId: randomUUID(), body, handle };
}

/** Registers a device as the tutorial's client library does. */
export function register(stack: TestStack, token: string, { installationId, body }: TestDevice) {
  return send(stack, "POST", "/api/register_notifications", {
    headers: { "x-zumo-auth": token, "x-zumo-installation-id": installationId },
    body,
  });
}

/** Inserts an item. */
export function insert(stack: TestStack, token: string, item: unknown) {
  return send(stack, "POST", "/tables/TodoItem", { headers: { "x-zumo-auth": token }, body: item });
}

const delivery = v.object({
  seq: v.number(),
  at: v.string(),
  platform: v.string(),
  handle: v.string(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

export type Delivery = v.InferOutput<typeof delivery>;

/** Returns all deliveries so far, or only those to one handle. What goes on behind answers may follow. */
export async function deliveriesSoFar(
  { addresses }: TestStack,
  handle?: string,
): Promise<Delivery[]> {
  const response = await fetch(`${addresses.hub.url}/_emulator/deliveries`);
  const all = v.parse(v.array(delivery), await response.json());
  return handle === undefined ? all : all.filter((one) => one.handle === handle);
}

/** Waits until nothing waits to be delivered, and returns all deliveries, or only those to one handle. */
export async function deliveries(stack: TestStack, handle?: string): Promise<Delivery[]> {
  await settled(stack);
  return deliveriesSoFar(stack, handle);
}

/** Waits until everything that was announced is delivered or given up. */
export async function settled(stack: TestStack): Promise<void> {
  await until("an empty queue", async () => (await queueLength(stack, "notifications")) === 0);
}

/** Replaces the hub's fault rules; see the emulator's README. Without rules, the hub works normally. */
export async function setFaults({ addresses }: TestStack, ...rules: object[]): Promise<void> {
  const response = await fetch(`${addresses.hub.url}/_emulator/faults`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ rules }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Unregisters a device, as an app does when its user signs out. */
export function unregister(stack: TestStack, token: string, { installationId }: TestDevice) {
  return send(stack, "DELETE", "/api/register_notifications", {
    headers: { "x-zumo-auth": token, "x-zumo-installation-id": installationId },
  });
}

/** Sends a message as a trusted backend. */
export function sendMessage(stack: TestStack, message: unknown) {
  return send(stack, "POST", "/api/notifications", { body: message });
}

const state = v.object({ state: v.picklist(["accepted", "done", "givenUp"]) });

/** Returns what a trusted backend is told of a message. */
export async function stateOf(stack: TestStack, id: string): Promise<string> {
  const answer = await send(stack, "GET", `/api/notifications/${id}`);
  return v.parse(state, answer.body).state;
}
