/** The longest text of a notification, in UTF-16 units. */
const longestText = 10_000;

export const idRule = "id must be 1 to 64 letters, digits, - and _.";

/** Returns whether a value can be the id of a row. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value);
}

/**
 * Returns what is wrong with a text, as the rest of a sentence that begins with its name, or undefined.
 *
 * @param shortest in UTF-16 units, as `longest`
 */
export function malformed(text: string, shortest: number, longest: number): string | undefined {
  if (text.length < shortest || text.length > longest) {
    return `must be ${shortest} to ${longest.toLocaleString("en-US")} UTF-16 units long.`;
  }
  return text.isWellFormed() ? undefined : "must be well-formed Unicode, without lone surrogates.";
}

/**
 * Returns what is wrong with a text that has at least one UTF-16 unit, as a sentence, or undefined.
 *
 * @param name the member of the body
 * @param longest in UTF-16 units
 */
export function faultOfText(
  text: unknown,
  name = "text",
  longest = longestText,
): string | undefined {
  if (text === undefined) return `${name} is missing.`;
  if (typeof text !== "string") return `${name} must be a string.`;
  const wrong = malformed(text, 1, longest);
  return wrong && `${name} ${wrong}`;
}

/** The longest part of a member's name that a sentence repeats, in UTF-16 units. */
const longestName = 64;

/** Returns the sentence that a body has a member that there is not. @param what `An item` */
export function noMember(what: string, name: string): string {
  const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
  return `${what} has no member ${JSON.stringify(shown.toWellFormed())}.`;
}

/** Returns a JSON pointer to a member, as a URI fragment (RFC 6901, sections 3 and 6). */
export function pointerTo(name: string): string {
  const escaped = name.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
  return `#/${encodeURIComponent(escaped)}`;
}

/** The most topics that a sentence lists. */
const mostListed = 20;

/** Returns the end of a sentence on what a topic must be. @param declared those of the settings */
export function oneOfTopics(declared: readonly string[]): string {
  if (declared.length === 0) return "a declared topic, and this app declares none";
  return declared.length > mostListed
    ? "one of those that GET /api/topics lists"
    : `one of ${declared.join(", ")}`;
}
