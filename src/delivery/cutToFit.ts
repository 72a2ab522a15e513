export const ellipsis = "…";

/**
 * Cuts a text that is too long for a payload. Cuts at a grapheme boundary and adds an ellipsis. A text whose first
 * grapheme has no room, such as a letter with hundreds of accents, is cut inside it, at a code point.
 *
 * @param sizeOf returns the size of a piece of the text in the payload, in bytes, including escapes; the
 * size of a text is the sum of the sizes of its graphemes
 * @param room the room for the text, in bytes
 */
export function cutToFit(text: string, sizeOf: (piece: string) => number, room: number): string {
  if (sizeOf(text) <= room) return text;
  const left = room - sizeOf(ellipsis);
  const end = fittingLength(graphemesOf(text), sizeOf, left) || fittingLength(text, sizeOf, left);
  return text.slice(0, end) + ellipsis;
}

function* graphemesOf(text: string): Iterable<string> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield segment;
}

/** Returns the length of the first pieces that fit together, in UTF-16 units. */
function fittingLength(
  pieces: Iterable<string>,
  sizeOf: (piece: string) => number,
  room: number,
): number {
  let left = room;
  let length = 0;
  for (const piece of pieces) {
    left -= sizeOf(piece);
    if (left < 0) break;
    length += piece.length;
  }
  return length;
}
