/** The functions that the app has beside those of its tables. */
export const ownFunctions = [
  "forgetMe",
  "getNotification",
  "health",
  "listDevices",
  "listTopics",
  "login",
  "notificationOpened",
  "redeliverNotification",
  "registerNotifications",
  "removeDevice",
  "sendNotification",
  "unregisterNotifications",
] as const;
