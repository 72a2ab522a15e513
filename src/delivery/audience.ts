import { topicTag, userTag } from "../hub/tags.ts";

/** Whose devices receive a notification. */
export type Audience =
  /** A user, by the digest of the id: see `src/user.ts`. */
  | { readonly kind: "user"; readonly digest: string }
  /** The devices that subscribe to a topic. */
  | { readonly kind: "topic"; readonly topic: string }
  | { readonly kind: "everyone" };

/** Returns the tag of an audience's devices, or undefined for everyone: that is a broadcast. */
export function tagOf(audience: Audience): string | undefined {
  switch (audience.kind) {
    case "user":
      return userTag(audience.digest);
    case "topic":
      return topicTag(audience.topic);
    case "everyone":
      return undefined;
  }
}

/** Returns the name of an audience in replacement keys and rows. No two audiences have the same. */
export function nameOf(audience: Audience): string {
  switch (audience.kind) {
    case "user":
      return audience.digest;
    case "topic":
      return `topic:${audience.topic}`;
    case "everyone":
      return "everyone";
  }
}
