import { app } from "@azure/functions";
import { createAuthenticate } from "./auth/authenticate.ts";
import { createVerifyToken } from "./auth/verifyToken.ts";
import { createAnnounce } from "./delivery/announce.ts";
import { health } from "./functions/health.ts";
import { insertTodoItem } from "./functions/insertTodoItem.ts";
import { registerNotifications } from "./functions/registerNotifications.ts";
import { unregisterNotifications } from "./functions/unregisterNotifications.ts";
import { createHubClient } from "./hub/hubClient.ts";
import { createSendToTag } from "./hub/notifications.ts";
import { createRegistrationHub } from "./hub/registrations.ts";
import { createRegister } from "./registration/register.ts";
import { createUnregister } from "./registration/unregister.ts";
import { readSettings } from "./settings.ts";
import { createAzureTodoTable } from "./todo/azureTodoTable.ts";
import { createInsertItem } from "./todo/insertItem.ts";

const settings = readSettings(process.env);

const authenticate = createAuthenticate(createVerifyToken(settings.issuers));
const hub = createHubClient(settings.hub.connectionString, settings.hub.name);
const registrationHub = createRegistrationHub(hub);
const announce = createAnnounce(createSendToTag(hub), settings.platforms);
const insertItem = createInsertItem(createAzureTodoTable(settings.storageConnectionString));

app.http("health", health);
app.http("insertTodoItem", insertTodoItem(authenticate, insertItem, announce));
app.http(
  "registerNotifications",
  registerNotifications(authenticate, createRegister(registrationHub)),
);
app.http(
  "unregisterNotifications",
  unregisterNotifications(authenticate, createUnregister(registrationHub)),
);
