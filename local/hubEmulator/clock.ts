let lastTime = 0;
let lastText = "";

/** Returns the current time in ISO 8601 format. Under load, many requests arrive in one millisecond. */
export function isoNow(): string {
  const time = Date.now();
  if (time !== lastTime) {
    lastTime = time;
    lastText = new Date(time).toISOString();
  }
  return lastText;
}
