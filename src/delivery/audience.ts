import * as v from "valibot";
import { isTopic, topicTag, userTag } from "../hub/tags.ts";

/** Whose devices receive a notification. */
export const audience = v.variant("kind", [
  /** A user, by the digest of the id: see `src/user.ts`. */
  v.object({ kind: v.literal("user"), digest: v.string() }),
  /** The devices that subscribe to a topic. */
  v.object({ kind: v.literal("topic"), topic: v.pipe(v.string(), v.check(isTopic)) }),
  v.object({ kind: v.literal("everyone") }),
]);

/** As of {@link audience}. */
export type Audience = Readonly<v.InferOutput<typeof audience>>;

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
