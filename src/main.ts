import { app } from "@azure/functions";
import type { Authenticate } from "./auth/authenticate.ts";
import type { AnnounceInsert } from "./delivery/announceInsert.ts";
import { queueName } from "./delivery/azureIntentQueue.ts";
import type { Features } from "./features.ts";
import { deleteTodoItem } from "./functions/deleteTodoItem.ts";
import { getNotification } from "./functions/getNotification.ts";
import { getTodoItem } from "./functions/getTodoItem.ts";
import { health } from "./functions/health.ts";
import { insertTodoItem } from "./functions/insertTodoItem.ts";
import { listTodoItems } from "./functions/listTodoItems.ts";
import { listTopics } from "./functions/listTopics.ts";
import { login } from "./functions/login.ts";
import { redeliverNotification } from "./functions/redeliverNotification.ts";
import { registerNotifications } from "./functions/registerNotifications.ts";
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
const announceInsert: AnnounceInsert = async (announcement, writeRow, log) =>
  (await features()).announceInsert(announcement, writeRow, log);

app.http(
  "deleteTodoItem",
  deleteTodoItem(authenticate, async (...item) => (await features()).deleteItem(...item)),
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
    async (...item) => (await features()).insertItem(...item),
    announceInsert,
  ),
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
    async (...device) => (await features()).register(...device),
    settings.topics,
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
  unregisterNotifications(authenticate, async (...device) =>
    (await features()).unregister(...device),
  ),
);
app.http(
  "updateTodoItem",
  updateTodoItem(authenticate, async (...item) => (await features()).updateItem(...item)),
);
