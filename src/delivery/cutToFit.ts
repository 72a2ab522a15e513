const ellipsis = "…";

/**
 * Cuts a text that is too long for a payload. Cuts at a grapheme boundary and adds an ellipsis.
 *
 * @param sizeOf returns the size of a piece of the text in the payload, in bytes, including escapes; the
 * size of a text is the sum of the sizes of its graphemes
 * @param room the room for the text, in bytes
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
