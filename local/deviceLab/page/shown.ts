import type { Delivery } from "./hub.ts";

/** What a device shows of a notification. */
export interface Shown {
  readonly title: string;
  readonly text: string;
  /** Copies with the same key replace each other. */
  readonly key: string | undefined;
  /** The item that the app opens. */
  readonly itemId: string | undefined;
  /** `silent` wakes the app and shows nothing; `badge` changes the number on the app's icon alone. */
  readonly kind: "shown" | "silent" | "badge";
  /** The number on the app's icon; undefined leaves it. */
  readonly badge: number | undefined;
  readonly image: string | undefined;
  /** Where a tap leads. */
  readonly link: string | undefined;
  /** A device shows together what has the same. Android groups nothing. */
  readonly group: string | undefined;
}

const nothing = { badge: undefined, image: undefined, link: undefined, group: undefined };
const hidden = { ...nothing, title: "", text: "", key: undefined, itemId: undefined };

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
      switch (headers["x-wns-type"]) {
        case "wns/raw":
          return { ...hidden, kind: "silent" };
        case "wns/badge":
          return { ...hidden, kind: "badge", badge: badgeOf(body) };
        default:
          return toast(body, headers["x-wns-tag"]);
      }
    case "apns":
      return headers["apns-push-type"] === "background"
        ? { ...hidden, kind: "silent" }
        : alert(body, headers["apns-collapse-id"]);
    default:
      return message(body);
  }
}

function badgeOf(body: string): number | undefined {
  const xml = new DOMParser().parseFromString(body, "text/xml");
  return count(Number(xml.documentElement.getAttribute("value") ?? Number.NaN));
}

function toast(body: string, key: string | undefined): Shown {
  const xml = new DOMParser().parseFromString(body, "text/xml");
  const [title = "", ...rest] = Array.from(
    xml.querySelectorAll("text"),
    (text) => text.textContent ?? "",
  );
  const launch = new URLSearchParams(xml.documentElement.getAttribute("launch") ?? "");
  return {
    ...{ kind: "shown", title, text: rest.join(" "), key, badge: undefined },
    itemId: launch.get("todoItemId") ?? undefined,
    link: launch.get("link") ?? undefined,
    image: xml.querySelector("image")?.getAttribute("src") ?? undefined,
    group: xml.querySelector("header")?.getAttribute("id") ?? undefined,
  };
}

function alert(body: string, key: string | undefined): Shown {
  const { aps, todoItemId, image, link } = Object(parse(body));
  const { alert: shown, badge, "thread-id": group } = Object(aps);
  const [title, text] =
    typeof shown === "string" ? ["", shown] : [Object(shown).title, Object(shown).body];
  return {
    ...{ kind: "shown", title: title ?? "", text: text ?? "", key, itemId: todoItemId },
    ...{ badge: count(badge), image: string(image), link: string(link), group: string(group) },
  };
}

function message(body: string): Shown {
  const { message: sent } = Object(parse(body));
  const { notification, data, android } = Object(sent);
  const { title = "", body: text = "", image } = Object(notification);
  const { tag: key, notification_count: badge } = Object(Object(android).notification);
  const { todoItemId: itemId, link } = Object(data);
  if (notification === undefined && data !== undefined) return { ...hidden, kind: "silent" };
  return {
    ...{ kind: "shown", title, text, key, itemId, badge: count(badge) },
    ...{ image: string(image), link: string(link), group: undefined },
  };
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
