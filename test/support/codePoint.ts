import fc from "fast-check";

/**
 * Any code point but half a surrogate pair, as the unit of `fc.string`. Its own unit "binary" has the same values, but
 * makes a map of all of them first, which takes seconds of each process.
 */
export const codePoint = fc
  .nat(0x10_ffff - 0x800)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));
