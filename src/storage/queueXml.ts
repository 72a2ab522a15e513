/** Characters that have a name in XML. */
const named: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&apos;": "'",
  "&gt;": ">",
  "&lt;": "<",
  "&quot;": '"',
};

/** Returns the body that puts a message or replaces its content. */
export function messageXml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<QueueMessage><MessageText>${escaped}</MessageText></QueueMessage>`;
}

/** The parts of a list of messages, each to be found where the one before ends. */
const parts = {
  prolog: /\uFEFF?(?:<\?xml[^<>]*\?>)?\s*/y,
  emptyList: /<QueueMessagesList\s*\/>\s*/y,
  list: /<QueueMessagesList>\s*/y,
  listEnd: /<\/QueueMessagesList>\s*/y,
  message: /<QueueMessage>\s*/y,
  messageEnd: /<\/QueueMessage>\s*/y,
  emptyElement: /<(\w+)\s*\/>\s*/y,
  element: /<(\w+)>([^<]*)<\/\1>\s*/y,
};

/**
 * Reads the messages in an answer of the queue, each as its elements by name.
 *
 * @returns undefined if the text is anything else than a whole list of messages, such as a page of a proxy
 */
export function readMessageList(xml: string): readonly ReadonlyMap<string, string>[] | undefined {
  let at = 0;
  const take = (part: RegExp): RegExpExecArray | undefined => {
    part.lastIndex = at;
    const found = part.exec(xml);
    if (found === null) return undefined;
    at += found[0].length;
    return found;
  };

  take(parts.prolog);
  if (take(parts.emptyList)) return at === xml.length ? [] : undefined;
  if (!take(parts.list)) return undefined;
  const messages: Map<string, string>[] = [];
  while (take(parts.message)) {
    const message = new Map<string, string>();
    for (;;) {
      const [, name, text = ""] = take(parts.element) ?? take(parts.emptyElement) ?? [];
      if (name === undefined) break;
      const value = unescaped(text);
      if (value === undefined) return undefined;
      message.set(name, value);
    }
    if (!take(parts.messageEnd)) return undefined;
    messages.push(message);
  }
  return take(parts.listEnd) && at === xml.length ? messages : undefined;
}

function unescaped(text: string): string | undefined {
  if (!text.includes("&")) return text;
  let isSound = true;
  const value = text.replace(/&(?:[^;&]{1,10};)?/g, (entity) => {
    const [, hex, decimal] = /^&#(?:x([\da-f]+)|(\d+));$/i.exec(entity) ?? [];
    const code = Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16);
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : named[entity];
    isSound &&= character !== undefined;
    return character ?? "";
  });
  return isSound ? value : undefined;
}
