/** Settings without bounds. A test of a bound sets it. The others do more in a minute than any person. */
export const noLimits = {
  Push__messagesPerMinute: "0",
  Limits__writesPerMinute: "0",
  Limits__scansPerMinute: "0",
};
