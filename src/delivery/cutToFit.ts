const ellipsis = "…";

/**
 * Cuts a text so that what it takes in a payload fits, at a grapheme boundary and ending in an ellipsis.
 *
 * @param sizeOf the bytes that a piece of the text takes in the payload, escaping included; a text
 * takes as much as its graphemes together
 * @param room in bytes
 */
export function cutToFit(text: string, sizeOf: (piece: string) => number, room: number): string {
  if (sizeOf(text) <= room) return text;
  let left = room - sizeOf(ellipsis);
  let end = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    left -= sizeOf(segment);
    if (left < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end) + ellipsis;
}
