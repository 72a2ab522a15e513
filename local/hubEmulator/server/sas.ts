import { createHmac, timingSafeEqual } from "node:crypto";

export type Right = "Listen" | "Send" | "Manage";

/** A shared access rule of the hub. Manage includes the other two rights. */
export interface AccessRule {
  readonly name: string;
  readonly key: string;
  readonly rights: readonly Right[];
}

/** Public keys for development. Every client that can reach the emulator may use it. */
export const defaultRules = {
  full: {
    name: "DefaultFullSharedAccessSignature",
    key: "bm90aWZ5LXVzZXJzLWxvY2FsLWRldmVsb3BtZW50LWtleQ==",
    rights: ["Listen", "Send", "Manage"],
  },
  listen: {
    name: "DefaultListenSharedAccessSignature",
    key: "bm90aWZ5LXVzZXJzLWxvY2FsLWxpc3Rlbi1vbmx5LWtleQ==",
    rights: ["Listen"],
  },
} as const satisfies Readonly<Record<string, AccessRule>>;

export type Access =
  | { readonly kind: "granted" }
  /** 401: the signature is missing or invalid. */
  | { readonly kind: "unauthenticated"; readonly detail: string }
  /** 403: the rule lacks the right. */
  | { readonly kind: "forbidden" };

interface Signature {
  readonly rule: AccessRule;
  /** The host that the signature is valid for, in lower case, without the scheme: `host[:port]`. */
  readonly host: string;
  /** `/` or `/a/b`, in lower case and without a trailing slash. */
  readonly path: string;
  /** Unix time in seconds. */
  readonly expires: number;
}

/** The maximum number of verified signatures in the cache, which avoids repeated HMACs. */
const maxVerified = 1_000;

/**
 * Checks `Authorization: SharedAccessSignature sr=…&sig=…&se=…&skn=…` like the service: the signature over
 * `sr` and `se` as sent, the expiry, the scope (the resource must be at or under `sr`), and the right.
 *
 * @returns a function of the header, the request's host, its path with a leading slash, and the needed right
 */
export function createAccessCheck(
  rules: readonly AccessRule[],
): (authorization: string | undefined, host: string, path: string, right: Right) => Access {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const verified = new Map<string, Signature>();

  return (authorization, host, path, right) => {
    if (authorization === undefined || authorization === "") {
      return unauthenticated("MissingToken: The authorization header was not found");
    }
    let signature = verified.get(authorization);
    if (signature === undefined) {
      const result = verify(authorization, byName);
      if (typeof result === "string") return unauthenticated(result);
      signature = result;
      if (verified.size >= maxVerified) verified.clear();
      verified.set(authorization, signature);
    }
    if (signature.expires * 1_000 <= Date.now()) {
      return unauthenticated("ExpiredToken: The token is expired");
    }
    if (!covers(signature, host.toLowerCase(), path.toLowerCase())) {
      return unauthenticated("InvalidAudience: The token is for another resource");
    }
    const { rights } = signature.rule;
    return rights.includes(right) || rights.includes("Manage")
      ? { kind: "granted" }
      : { kind: "forbidden" };
  };
}

function unauthenticated(detail: string): Access {
  return { kind: "unauthenticated", detail };
}

/** Returns the signature in the header, or what is wrong with it. */
function verify(authorization: string, rules: ReadonlyMap<string, AccessRule>): Signature | string {
  const match = /^SharedAccessSignature\s+(.+)$/i.exec(authorization);
  if (match?.[1] === undefined) return "MalformedToken: The token has another scheme";
  const fields = new Map<string, string>();
  for (const pair of match[1].split("&")) {
    const equals = pair.indexOf("=");
    fields.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  const audience = fields.get("sr");
  const expiry = fields.get("se");
  const scope = scopeOf(decode(audience));
  const sent = decode(fields.get("sig"));
  const name = decode(fields.get("skn"));
  if (
    audience === undefined ||
    expiry === undefined ||
    !/^\d{1,12}$/.test(expiry) ||
    scope === undefined ||
    sent === undefined ||
    name === undefined
  ) {
    return "MalformedToken: The token must hold sr, sig, se and skn";
  }
  const rule = rules.get(name);
  if (rule === undefined) return "InvalidSignature: The token has an invalid signature";
  const expected = createHmac("sha256", rule.key).update(`${audience}\n${expiry}`).digest();
  const actual = Buffer.from(sent, "base64");
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    return "InvalidSignature: The token has an invalid signature";
  }
  return { rule, ...scope, expires: Number(expiry) };
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined || text === "" ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function scopeOf(audience: string | undefined): Pick<Signature, "host" | "path"> | undefined {
  // Java signs the whole address, with its query.
  const match = /^[a-z]+:\/\/([^/?#]+)([^?#]*)(?:[?#].*)?$/i.exec(audience ?? "");
  if (match?.[1] === undefined) return undefined;
  const path = (match[2] ?? "").toLowerCase().replace(/\/+$/, "");
  return { host: match[1].toLowerCase(), path: path === "" ? "/" : path };
}

/** Returns whether the scope of the signature is the resource or an ancestor of it. */
function covers({ host, path }: Signature, requestHost: string, requestPath: string): boolean {
  if (host !== requestHost && host !== requestHost.replace(/:\d+$/, "")) return false;
  return path === "/" || requestPath === path || requestPath.startsWith(`${path}/`);
}
