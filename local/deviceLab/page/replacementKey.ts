/** Returns the key that every send of an item has, as docs/api.md describes it. */
export async function replacementKey(userId: string, itemId: string): Promise<string> {
  return (await sha256(`${await sha256(userId)}:TodoItem:${itemId}`)).slice(0, 16);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
