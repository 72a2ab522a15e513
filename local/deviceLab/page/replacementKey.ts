import type { NewMessage } from "../../../clients/typescript/client.ts";

/** Returns the key that every send of an item has, as docs/api.md describes it. */
export async function itemKey(userId: string, table: string, itemId: string): Promise<string> {
  return keyOf(await sha256(userId), table, itemId);
}

/** Returns the key that every send of a message has. */
export async function messageKey(to: NewMessage["to"], id: string): Promise<string> {
  return keyOf(await audienceOf(to), "Notification", id);
}

async function audienceOf(to: NewMessage["to"]): Promise<string> {
  if ("user" in to) return sha256(to.user);
  return "topic" in to ? `topic:${to.topic}` : "everyone";
}

async function keyOf(audience: string, table: string, id: string): Promise<string> {
  return (await sha256(`${audience}:${table}:${id}`)).slice(0, 16);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
