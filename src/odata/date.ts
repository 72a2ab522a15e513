const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Parses a date with a time in ISO 8601, which is UTC if it has no offset. Returns the one form in which
 * dates are compared: UTC with seven digits of a second, as .NET clients use, so that the strings have the
 * order of the dates. Returns `undefined` if the text is not a date of the years 0000 to 9999.
 */
export function readDate(text: string): string | undefined {
  const [, minutes, seconds = "00", fraction = "", offset = "Z"] = shape.exec(text) ?? [];
  if (minutes === undefined) return undefined;
  // The end of a day is the beginning of the next one, and there is nothing behind it.
  if (/T24/.test(minutes) && /[1-9]/.test(fraction)) return undefined;
  const date = new Date(`${minutes}:${seconds}${offset}`);
  if (Number.isNaN(date.getTime())) return undefined;
  const iso = date.toISOString();
  // Date accepts the 31st of every month, and an offset can lead out of the four-digit years.
  const sound =
    isDayOfMonth(minutes.slice(0, 10)) && iso.length === "2013-01-01T00:00:00.000Z".length;
  return sound ? `${iso.slice(0, 19)}.${fraction.padEnd(7, "0")}` : undefined;
}

function isDayOfMonth(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** Converts a date of an answer, which has three or seven digits of a second and a Z, to the form that `readDate` returns. */
export function dateOf(shown: string): string {
  return shown.slice(0, -1).padEnd("2013-01-01T00:00:00.0000000".length, "0");
}
