const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads a date in ISO 8601, of UTC where it names no offset, into the one form in which dates are
 * compared: UTC with seven digits of a second, as .NET's clients have them, so that the order of the
 * strings is that of the dates. `undefined` where it is no date of the years 0000 to 9999.
 */
export function readDate(text: string): string | undefined {
  const [, minutes, seconds = "00", fraction = "", offset = "Z"] = shape.exec(text) ?? [];
  if (minutes === undefined) return undefined;
  const date = new Date(`${minutes}:${seconds}${offset}`);
  if (Number.isNaN(date.getTime())) return undefined;
  const iso = date.toISOString();
  // Date takes the 31st of every month for one, and an offset can lead out of the four-digit years.
  const sound =
    isDayOfMonth(minutes.slice(0, 10)) && iso.length === "2013-01-01T00:00:00.000Z".length;
  return sound ? `${iso.slice(0, 19)}.${fraction.padEnd(7, "0")}` : undefined;
}

function isDayOfMonth(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** The same of what `Date.toISOString` wrote. */
export function dateOf(iso: string): string {
  return iso.replace("Z", "0000");
}
