import type { Delivery } from "./hub.ts";

/** What a device shows of a notification. */
export interface Shown {
  readonly title: string;
  readonly text: string;
  /** Copies with the same key replace each other. */
  readonly key: string | undefined;
  /** The item that the app opens. */
  readonly itemId: string | undefined;
}

const read = new WeakMap<Delivery, Shown>();

/** Returns what the platform shows of a delivery. */
export function shownOf(delivery: Delivery): Shown {
  const known = read.get(delivery) ?? readPayload(delivery);
  read.set(delivery, known);
  return known;
}

function readPayload({ platform, headers, body }: Delivery): Shown {
  switch (platform) {
    case "wns":
      return toast(body, headers["x-wns-tag"]);
    case "apns":
      return alert(body, headers["apns-collapse-id"]);
    default:
      return message(body);
  }
}

function toast(body: string, key: string | undefined): Shown {
  const xml = new DOMParser().parseFromString(body, "text/xml");
  const [title = "", ...rest] = Array.from(
    xml.querySelectorAll("text"),
    (text) => text.textContent ?? "",
  );
  const launch = xml.documentElement.getAttribute("launch") ?? "";
  const itemId = new URLSearchParams(launch).get("todoItemId") ?? undefined;
  return { title, text: rest.join(" "), key, itemId };
}

function alert(body: string, key: string | undefined): Shown {
  const { aps, todoItemId } = Object(parse(body));
  const { alert: shown } = Object(aps);
  return typeof shown === "string"
    ? { title: "", text: shown, key, itemId: todoItemId }
    : { title: Object(shown).title ?? "", text: Object(shown).body ?? "", key, itemId: todoItemId };
}

function message(body: string): Shown {
  const { message: sent } = Object(parse(body));
  const { notification, data, android } = Object(sent);
  const { title = "", body: text = "" } = Object(notification);
  const key = Object(Object(android).notification).tag;
  return { title, text, key, itemId: Object(data).todoItemId };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
