import type { Fault } from "./problem.ts";

/** The parsed value of `If-Match` or `If-None-Match` (RFC 9110, section 13.1). */
export type EntityTags =
  | { readonly kind: "absent" }
  /** `*`: any existing version. */
  | { readonly kind: "any" }
  | { readonly kind: "tags"; readonly tags: readonly EntityTag[] }
  | { readonly kind: "malformed"; readonly fault: Fault };

export interface EntityTag {
  readonly weak: boolean;
  /** Without the quotes. */
  readonly value: string;
}

const tag = /(?:^|,)[ \t]*(?<weak>W\/)?"(?<value>[\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/gy;

export function readEntityTags(
  headers: Pick<Headers, "get">,
  name: "If-Match" | "If-None-Match",
): EntityTags {
  const text = headers.get(name);
  if (text === null) return { kind: "absent" };
  if (text.trim() === "*") return { kind: "any" };
  const matches = [...text.matchAll(tag)];
  if (matches.length === 0 || matches.map(([whole]) => whole).join("") !== text) {
    const detail = `${name} must be * or a comma-separated list of quoted entity tags.`;
    return { kind: "malformed", fault: { pointer: `/headers/${name}`, detail } };
  }
  const tags = matches.map(({ groups }) => ({
    weak: groups?.["weak"] !== undefined,
    value: groups?.["value"] ?? "",
  }));
  return { kind: "tags", tags };
}
