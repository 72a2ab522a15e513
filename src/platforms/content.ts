import * as v from "valibot";

/**
 * What a notification carries, on every platform. The type follows from this schema, which also reads what waits on the
 * queue, so that no member can be lost there.
 */
export const content = v.object({
  /** Empty if it is silent. */
  title: v.string(),
  /** Empty if it is silent. */
  text: v.string(),
  /**
   * The data with which the client opens what it is about. Names are letters, digits and underscores, and none is reserved
   * by a platform, such as `aps`.
   */
  data: v.record(v.string(), v.string()),
  /** The https address of an image. */
  image: v.exactOptional(v.string()),
  /** Where a tap leads: an https address, or one with the app's own scheme. */
  link: v.exactOptional(v.string()),
  /** The number on the app's icon; 0 removes it. */
  badge: v.exactOptional(v.number()),
  /** `default`, `none`, or the name of a file in the app, with its ending. */
  sound: v.exactOptional(v.string()),
  /** A device shows together what has the same. */
  group: v.exactOptional(v.string()),
  /** A later one with the same, to the same audience, replaces it on the device. */
  replaces: v.exactOptional(v.string()),
  /** The name of actions that the app has declared. */
  category: v.exactOptional(v.string()),
  /** How long it is kept for a device that is away, in seconds from when it was accepted. */
  expiresInSeconds: v.exactOptional(v.number()),
  urgency: v.exactOptional(v.picklist(["high", "normal"])),
  /** If present, it wakes the app and shows nothing. */
  silent: v.exactOptional(v.literal(true)),
  /**
   * By platform, what its payload has beside that: a JSON Merge Patch, or, for a platform whose payload is no JSON, the
   * payload.
   */
  platforms: v.exactOptional(
    v.record(v.string(), v.union([v.string(), v.record(v.string(), v.unknown())])),
  ),
});

/** What every content has. */
const plain: readonly string[] = ["title", "text", "data"];

/** The names of what a content may have, and most have not. */
export const optionNames: readonly string[] = Object.keys(content.entries).filter(
  (name) => !plain.includes(name),
);

/** As of {@link content}. */
export type Content = Readonly<v.InferOutput<typeof content>>;
