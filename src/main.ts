import { app, type HttpFunctionOptions } from "@azure/functions";
import type { AnnounceInsert } from "./delivery/announceInsert.ts";
import { queueName } from "./delivery/azureIntentQueue.ts";
import { createTooLarge } from "./delivery/tooLarge.ts";
import type { Features } from "./features.ts";
import { deleteRow } from "./functions/deleteRow.ts";
import { forgetMe } from "./functions/forgetMe.ts";
import { getNotification } from "./functions/getNotification.ts";
import { getRow } from "./functions/getRow.ts";
import { health } from "./functions/health.ts";
import { insertRow } from "./functions/insertRow.ts";
import { listDevices } from "./functions/listDevices.ts";
import { listRows } from "./functions/listRows.ts";
import { listTopics } from "./functions/listTopics.ts";
import { login } from "./functions/login.ts";
import { notificationOpened } from "./functions/notificationOpened.ts";
import { redeliverNotification } from "./functions/redeliverNotification.ts";
import { registerNotifications } from "./functions/registerNotifications.ts";
import { removeDevice } from "./functions/removeDevice.ts";
import { sendNotification } from "./functions/sendNotification.ts";
import { unregisterNotifications } from "./functions/unregisterNotifications.ts";
import { updateRow } from "./functions/updateRow.ts";
import { createTokenBucket } from "./http/tokenBucket.ts";
import { lazily } from "./lazily.ts";
import { ownFunctions } from "./ownFunctions.ts";
import { checkTables } from "./rows/checkTables.ts";
import { functionNames } from "./rows/functionNames.ts";
import { providersOf, readSettings } from "./settings/settings.ts";
import { messageTables, ownTables } from "./storedTables.ts";
import { tables } from "./tables.ts";

const settings = readSettings(process.env);

/** Waits for what goes on behind answers. Nothing does before the features are loaded. */
let drain = async (): Promise<void> => {};

/**
 * Loads the features with the SDKs. They are files of their own, so that the host has its functions before this process
 * has compiled the SDKs.
 */
const features = lazily("features.ts", async () => {
  const { createFeatures } = await import("./features.ts");
  const loaded = createFeatures(settings);
  drain = loaded.drain;
  return loaded;
});

// Without it, the host ends this process as soon as every call has its answer.
app.hook.appTerminate(() => drain());

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

const guard = { authenticate: late("authenticate"), takeWrite: late("takeWrite") };
// Its result depends on its arguments, which `late` cannot express.
const announceInsert: AnnounceInsert = async (announcement, writeRow, invocationId) =>
  (await features()).announceInsert(announcement, writeRow, invocationId);

const tooLarge = createTooLarge(settings.platforms, {
  settings: settings.payload,
  messageTables,
});

const redelivery = "redeliverNotification";
const functions: Readonly<
  Record<Exclude<(typeof ownFunctions)[number], typeof redelivery>, HttpFunctionOptions>
> = {
  forgetMe: forgetMe(guard, late("forgetUser")),
  getNotification: getNotification(late("getMessage")),
  health: health(features),
  listDevices: listDevices(guard, late("listDevices")),
  listTopics: listTopics(guard, settings.topics),
  login: login(async () => (await features()).platformLogin),
  notificationOpened: notificationOpened(guard, late("noteOpened")),
  registerNotifications: registerNotifications(guard, late("register"), settings.topics),
  removeDevice: removeDevice(guard, late("removeDevice")),
  sendNotification: sendNotification(
    { topics: settings.topics, providers: providersOf(settings.signIn) },
    tooLarge,
    createTokenBucket({ perMinute: settings.messagesPerMinute }),
    late("insertMessage"),
    announceInsert,
  ),
  unregisterNotifications: unregisterNotifications(guard, late("unregister")),
};
for (const [name, options] of Object.entries(functions)) app.http(name, options);

app.storageQueue(redelivery, redeliverNotification(queueName, late("redeliver")));

checkTables(tables, { functions: ownFunctions, tables: ownTables });
const [insert, list, get, update, remove] = [
  late("insertRow"),
  late("listRows"),
  late("getRow"),
  late("updateRow"),
  late("deleteRow"),
];
for (const table of tables) {
  const names = functionNames(table);
  app.http(names.insert, insertRow(table, guard, insert, announceInsert, settings.title, tooLarge));
  app.http(names.list, listRows(table, guard, list));
  app.http(names.get, getRow(table, guard, get));
  app.http(names.update, updateRow(table, guard, update));
  app.http(names.delete, deleteRow(table, guard, remove));
}
