import { app } from "@azure/functions";
import type { AnnounceInsert } from "./delivery/announceInsert.ts";
import { queueName } from "./delivery/azureIntentQueue.ts";
import type { Features } from "./features.ts";
import { deleteTodoItem } from "./functions/deleteTodoItem.ts";
import { forgetMe } from "./functions/forgetMe.ts";
import { getNotification } from "./functions/getNotification.ts";
import { getTodoItem } from "./functions/getTodoItem.ts";
import { health } from "./functions/health.ts";
import { insertTodoItem } from "./functions/insertTodoItem.ts";
import { listDevices } from "./functions/listDevices.ts";
import { listTodoItems } from "./functions/listTodoItems.ts";
import { listTopics } from "./functions/listTopics.ts";
import { login } from "./functions/login.ts";
import { redeliverNotification } from "./functions/redeliverNotification.ts";
import { registerNotifications } from "./functions/registerNotifications.ts";
import { removeDevice } from "./functions/removeDevice.ts";
import { sendNotification } from "./functions/sendNotification.ts";
import { unregisterNotifications } from "./functions/unregisterNotifications.ts";
import { updateTodoItem } from "./functions/updateTodoItem.ts";
import { createTokenBucket } from "./http/tokenBucket.ts";
import { lazily } from "./lazily.ts";
import { readSettings } from "./settings/settings.ts";

const settings = readSettings(process.env);

/**
 * Loads the features with the SDKs. They are files of their own, so that the host has its functions before this process
 * has compiled the SDKs.
 */
const features = lazily("features.ts", async () => {
  const { createFeatures } = await import("./features.ts");
  return createFeatures(settings);
});

/** How long after the start the features are loaded, if no call needs them before, in milliseconds. */
const loadDelay = 300;

// Later than the answer of this process to its host, which lists the functions: to load before would delay it. A load that
// fails is tried again by the first call.
setTimeout(() => features().catch(() => {}), loadDelay).unref();

/** The names of the features that are functions, and what each takes and gives. */
type Name = {
  [One in keyof Features]: Features[One] extends (...args: never) => unknown ? One : never;
}[keyof Features];
type Arguments = { [One in Name]: Parameters<Features[One]> };
type Results = { [One in Name]: Awaited<ReturnType<Features[One]>> };
type Functions = {
  [One in Name]: (...args: Arguments[One]) => Results[One] | Promise<Results[One]>;
};

/** Returns a function of the features that loads them first. */
function late<One extends Name>(name: One) {
  return async (...args: Arguments[One]): Promise<Results[One]> => {
    const loaded: Functions = await features();
    return loaded[name](...args);
  };
}

const authenticate = late("authenticate");
const takeWrite = late("takeWrite");
// Its result depends on its arguments, which `late` cannot express.
const announceInsert: AnnounceInsert = async (announcement, writeRow, log) =>
  (await features()).announceInsert(announcement, writeRow, log);

app.http("deleteTodoItem", deleteTodoItem(authenticate, takeWrite, late("deleteItem")));
app.http("forgetMe", forgetMe(authenticate, takeWrite, late("forgetUser")));
app.http("getNotification", getNotification(late("getMessage")));
app.http("getTodoItem", getTodoItem(authenticate, late("getItem")));
app.http("health", health(features));
app.http(
  "insertTodoItem",
  insertTodoItem(authenticate, takeWrite, late("insertItem"), announceInsert, settings.title),
);
app.http("listDevices", listDevices(authenticate, late("listDevices")));
app.http("listTodoItems", listTodoItems(authenticate, late("listItems")));
app.http("listTopics", listTopics(authenticate, settings.topics));
app.storageQueue("redeliverNotification", redeliverNotification(queueName, late("redeliver")));
app.http(
  "login",
  login(async () => (await features()).platformLogin),
);
app.http(
  "registerNotifications",
  registerNotifications(authenticate, takeWrite, late("register"), settings.topics),
);
app.http("removeDevice", removeDevice(authenticate, takeWrite, late("removeDevice")));
app.http(
  "sendNotification",
  sendNotification(
    settings.topics,
    createTokenBucket(settings.messagesPerMinute),
    late("insertMessage"),
    announceInsert,
  ),
);
app.http(
  "unregisterNotifications",
  unregisterNotifications(authenticate, takeWrite, late("unregister")),
);
app.http("updateTodoItem", updateTodoItem(authenticate, takeWrite, late("updateItem")));
