import { app } from "@azure/functions";
import { authenticateByPrincipal } from "./auth/platform/authenticateByPrincipal.ts";
import { createPlatformLogin } from "./auth/platform/platformLogin.ts";
import { createAuthenticateByToken } from "./auth/tokens/authenticateByToken.ts";
import { createVerifyToken } from "./auth/tokens/verifyToken.ts";
import { createAnnounceInsert } from "./delivery/announceInsert.ts";
import { createAzureIntentOfRow } from "./delivery/azureIntentOfRow.ts";
import { createAzureIntentQueue, queueName } from "./delivery/azureIntentQueue.ts";
import { createSendToTag } from "./delivery/azureSendToTag.ts";
import { createCircuitBreakers } from "./delivery/circuitBreaker.ts";
import { createFanOut } from "./delivery/fanOut.ts";
import { createRedeliver } from "./delivery/redeliver.ts";
import { createSchedule } from "./delivery/schedule.ts";
import { deleteTodoItem } from "./functions/deleteTodoItem.ts";
import { getTodoItem } from "./functions/getTodoItem.ts";
import { health } from "./functions/health.ts";
import { insertTodoItem } from "./functions/insertTodoItem.ts";
import { listTodoItems } from "./functions/listTodoItems.ts";
import { login } from "./functions/login.ts";
import { redeliverNotification } from "./functions/redeliverNotification.ts";
import { registerNotifications } from "./functions/registerNotifications.ts";
import { unregisterNotifications } from "./functions/unregisterNotifications.ts";
import { updateTodoItem } from "./functions/updateTodoItem.ts";
import { createHubClient } from "./hub/hubClient.ts";
import { createRegistrationHub } from "./registration/azureRegistrationHub.ts";
import { createRegister } from "./registration/register.ts";
import { createUnregister } from "./registration/unregister.ts";
import { readSettings } from "./settings/settings.ts";
import { createManagedIdentity } from "./storage/managedIdentity.ts";
import { createStorageClients } from "./storage/storageAccount.ts";
import { createAzureTodoTable } from "./todo/azureTodoTable.ts";
import { createDeleteItem, createGetItem, createUpdateItem } from "./todo/existingItem.ts";
import { createInsertItem } from "./todo/insertItem.ts";
import { createListItems } from "./todo/listItems.ts";

const settings = readSettings(process.env);

const { signIn } = settings;
const authenticate =
  signIn.kind === "platform"
    ? authenticateByPrincipal
    : createAuthenticateByToken(createVerifyToken(signIn.issuers));
const platformLogin = signIn.kind === "platform" ? createPlatformLogin(signIn.url) : undefined;
const hub = createHubClient(settings.hub.connectionString, settings.hub.name);
const registrationHub = createRegistrationHub(hub);
const storage = createStorageClients(settings.storage, (clientId) =>
  createManagedIdentity(console, clientId),
);
const todoTable = createAzureTodoTable(storage);

const breakers = createCircuitBreakers();
const delivery = {
  platforms: settings.platforms,
  queue: createAzureIntentQueue(storage),
  intentOfRow: createAzureIntentOfRow(storage),
  fanOut: createFanOut(createSendToTag(hub), breakers),
  breakers,
  schedule: createSchedule(settings.retrySeconds),
  processLog: console,
  now: Date.now,
};
const announceInsert = createAnnounceInsert(delivery);

const insertItem = createInsertItem(todoTable);

app.http("deleteTodoItem", deleteTodoItem(authenticate, createDeleteItem(todoTable)));
app.http("getTodoItem", getTodoItem(authenticate, createGetItem(todoTable)));
app.http("health", health);
app.http("insertTodoItem", insertTodoItem(authenticate, insertItem, announceInsert));
app.http("listTodoItems", listTodoItems(authenticate, createListItems(todoTable)));
app.storageQueue(
  "redeliverNotification",
  redeliverNotification(queueName, createRedeliver(delivery)),
);
app.http("login", login(platformLogin));
app.http(
  "registerNotifications",
  registerNotifications(authenticate, createRegister(registrationHub)),
);
app.http(
  "unregisterNotifications",
  unregisterNotifications(authenticate, createUnregister(registrationHub)),
);
app.http("updateTodoItem", updateTodoItem(authenticate, createUpdateItem(todoTable)));
