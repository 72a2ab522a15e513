import type { Delivery } from "./deliveries.ts";

/** Returns a delivery as one line for a terminal: when, on which platform, which device, and what it shows. */
export function lineOf({ seq, at, platform, handle, body }: Delivery): string {
  return `${seq}  ${at.slice(11, 19)}  ${platform}  ${shortHandle(handle)}  ${visible(shownText(platform, body))}\n`;
}

/** Returns the end of a handle, enough to recognise it in a terminal. */
export function shortHandle(handle: string): string {
  return visible(handle.length > 24 ? `…${handle.slice(-12)}` : handle);
}

/** Writes characters that control a terminal, or end a line, as their code. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Returns the text that a device would show, or the payload if it has another form. */
function shownText(platform: string, body: string): string {
  const texts = platform === "wns" ? textsOfToast(body) : textsOfJson(body);
  return texts.length > 0 ? texts.join(" ") : body;
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

function textsOfToast(xml: string): string[] {
  return [...xml.matchAll(/<text\b[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) =>
    text.replace(/&(\w+);/g, (entity, name) => entities[name] ?? entity),
  );
}

function textsOfJson(body: string): string[] {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return [];
  }
  const alert = member(member(payload, "aps"), "alert");
  if (typeof alert === "string") return [alert];
  const notification = member(member(payload, "message"), "notification");
  return [alert, notification].flatMap((shown) =>
    ["title", "body"].flatMap((name) => {
      const text = member(shown, name);
      return typeof text === "string" ? [text] : [];
    }),
  );
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
