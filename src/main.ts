import { app } from "@azure/functions";
import type { Authenticate } from "./auth/authenticate.ts";
import type { TakeWrite } from "./auth/signedIn.ts";
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
import { readSettings } from "./settings/settings.ts";

const settings = readSettings(process.env);

let loading: Promise<Features> | undefined;

/**
 * Loads the features with the SDKs. They are files of their own, so that the host has its functions before
 * this process has compiled the SDKs. They load as soon as the functions are registered.
 */
function features(): Promise<Features> {
  loading ??= import("./features.ts").then(({ createFeatures }) => createFeatures(settings));
  return loading;
}
// If that fails, so does the first call.
setImmediate(() => features().catch(() => {}));

const authenticate: Authenticate = async (headers) => (await features()).authenticate(headers);
const takeWrite: TakeWrite = async (userDigest) => (await features()).takeWrite(userDigest);
const announceInsert: AnnounceInsert = async (announcement, writeRow, log) =>
  (await features()).announceInsert(announcement, writeRow, log);

app.http(
  "deleteTodoItem",
  deleteTodoItem(authenticate, takeWrite, async (...item) =>
    (await features()).deleteItem(...item),
  ),
);
app.http(
  "forgetMe",
  forgetMe(
    authenticate,
    takeWrite,
    async (...user) => (await features()).forgetDevices(...user),
    async (...items) => (await features()).forgetItems(...items),
  ),
);
app.http(
  "getNotification",
  getNotification(async (id) => (await features()).getMessage(id)),
);
app.http(
  "getTodoItem",
  getTodoItem(authenticate, async (...item) => (await features()).getItem(...item)),
);
app.http("health", health);
app.http(
  "insertTodoItem",
  insertTodoItem(
    authenticate,
    takeWrite,
    async (...item) => (await features()).insertItem(...item),
    announceInsert,
    settings.title,
  ),
);
app.http(
  "listDevices",
  listDevices(authenticate, async (...user) => (await features()).listDevices(...user)),
);
app.http(
  "listTodoItems",
  listTodoItems(authenticate, async (...query) => (await features()).listItems(...query)),
);
app.http("listTopics", listTopics(authenticate, settings.topics));
app.storageQueue(
  "redeliverNotification",
  redeliverNotification(queueName, async (...message) => (await features()).redeliver(...message)),
);
app.http(
  "login",
  login(async () => (await features()).platformLogin),
);
app.http(
  "registerNotifications",
  registerNotifications(
    authenticate,
    takeWrite,
    async (...device) => (await features()).register(...device),
    settings.topics,
  ),
);
app.http(
  "removeDevice",
  removeDevice(authenticate, takeWrite, async (...device) =>
    (await features()).removeDevice(...device),
  ),
);
app.http(
  "sendNotification",
  sendNotification(
    settings.topics,
    createTokenBucket(settings.messagesPerMinute),
    async (...message) => (await features()).insertMessage(...message),
    announceInsert,
  ),
);
app.http(
  "unregisterNotifications",
  unregisterNotifications(authenticate, takeWrite, async (...device) =>
    (await features()).unregister(...device),
  ),
);
app.http(
  "updateTodoItem",
  updateTodoItem(authenticate, takeWrite, async (...item) =>
    (await features()).updateItem(...item),
  ),
);
