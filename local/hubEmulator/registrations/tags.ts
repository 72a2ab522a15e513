/** Limits of the service: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message */
export const maxTagLength = 120;
const maxTags = 60;

const tagPattern = /^[A-Za-z0-9_@#.:-]+$/;

/** Returns what is wrong with a tag that a client wants to set, or undefined. */
export function tagFault(tag: string): string | undefined {
  if (tag.length > maxTagLength) return `A tag is longer than ${maxTagLength} characters`;
  if (!tagPattern.test(tag)) return "A tag holds a character other than A-Z a-z 0-9 _ @ # . : -";
  return undefined;
}

/** Returns what is wrong with the tags that a client wants to set on one registration, or undefined. */
export function tagsFault(tags: readonly string[]): string | undefined {
  if (tags.length > maxTags) return `A registration can't have more than ${maxTags} tags`;
  for (const tag of tags) {
    const fault = tagFault(tag);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Returns the form of a tag for comparisons, which ignore case. */
export function tagKey(tag: string): string {
  return tag.toLowerCase();
}
