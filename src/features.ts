import type { Authenticate } from "./auth/authenticate.ts";
import { authenticateByPrincipal } from "./auth/platform/authenticateByPrincipal.ts";
import { createPlatformLogin, type PlatformLogin } from "./auth/platform/platformLogin.ts";
import { createAuthenticateByToken } from "./auth/tokens/authenticateByToken.ts";
import { createVerifyToken } from "./auth/tokens/verifyToken.ts";
import { type AnnounceInsert, createAnnounceInsert } from "./delivery/announceInsert.ts";
import { createClearPoison } from "./delivery/azureClearPoison.ts";
import { createAzureIntentOfRow } from "./delivery/azureIntentOfRow.ts";
import { createAzureIntentQueue } from "./delivery/azureIntentQueue.ts";
import { createAzureIsNewest } from "./delivery/azureIsNewest.ts";
import { createAzureSendSwitch } from "./delivery/azureSendSwitch.ts";
import { createSendToAudience } from "./delivery/azureSendToAudience.ts";
import { createBehindAnswers } from "./delivery/behindAnswers.ts";
import { createBulkhead } from "./delivery/bulkhead.ts";
import { createCircuitBreakers } from "./delivery/circuitBreaker.ts";
import { createFanOut } from "./delivery/fanOut.ts";
import { createRedeliver, type Redeliver } from "./delivery/redeliver.ts";
import { createSchedule } from "./delivery/schedule.ts";
import { createSendSwitch } from "./delivery/sendSwitch.ts";
import { createAzureForgottenUsers } from "./forgetting/azureForgottenUsers.ts";
import { createForgetUser, type ForgetUser } from "./forgetting/forgetUser.ts";
import { createIsForgotten } from "./forgetting/isForgotten.ts";
import { mostConnections } from "./http/httpClient.ts";
import { createUserBuckets, type TakeOfUser } from "./http/userBuckets.ts";
import { createHubClient } from "./hub/hubClient.ts";
import { createCountDevices } from "./messages/azureDeviceCounts.ts";
import {
  createAddOpened,
  createAzureMessageTable,
  createRecordMessageResults,
} from "./messages/azureMessageTable.ts";
import { createGetMessage, type GetMessage } from "./messages/getMessage.ts";
import { createInsertMessage, type InsertMessage } from "./messages/insertMessage.ts";
import { tableName as messageTableName } from "./messages/messageTable.ts";
import { createOpenings, type Openings } from "./messages/openings.ts";
import { createRegistrationHub } from "./registration/azureRegistrationHub.ts";
import { createForgetDevices } from "./registration/forgetDevices.ts";
import { createRegister, type Register } from "./registration/register.ts";
import { createUnregister, type Unregister } from "./registration/unregister.ts";
import {
  createListDevices,
  createRemoveDevice,
  type ListDevices,
  type RemoveDevice,
} from "./registration/userRegistrations.ts";
import { createAzureRowTables } from "./rows/azureRowTable.ts";
import {
  createDeleteRow,
  createGetRow,
  createUpdateRow,
  type DeleteRow,
  type GetRow,
  type UpdateRow,
} from "./rows/existingRow.ts";
import { createForgetRows } from "./rows/forgetRows.ts";
import { createInsertRow, type InsertRow } from "./rows/insertRow.ts";
import { createListRows, type ListRows } from "./rows/list/listRows.ts";
import type { Settings } from "./settings/settings.ts";
import { createManagedIdentity } from "./storage/managedIdentity.ts";
import { createStorageClients } from "./storage/storageAccount.ts";
import { messageTables, storedTables } from "./storedTables.ts";

/** What the functions do, put together with the adapters of the cloud's services. */
export interface Features {
  readonly authenticate: Authenticate;
  readonly takeWrite: TakeOfUser;
  /** Absent if the app verifies tokens itself. */
  readonly platformLogin: PlatformLogin | undefined;
  readonly register: Register;
  readonly unregister: Unregister;
  readonly listDevices: ListDevices;
  readonly removeDevice: RemoveDevice;
  readonly forgetUser: ForgetUser;
  readonly insertRow: InsertRow;
  readonly announceInsert: AnnounceInsert;
  readonly redeliver: Redeliver;
  readonly listRows: ListRows;
  readonly getRow: GetRow;
  readonly updateRow: UpdateRow;
  readonly deleteRow: DeleteRow;
  readonly insertMessage: InsertMessage;
  readonly getMessage: GetMessage;
  readonly noteOpened: Openings["note"];
  /** Waits for what goes on behind answers, before the process ends. */
  readonly drain: () => Promise<void>;
}

/** How long a process that ends waits for what goes on behind its answers, in milliseconds. The host kills it after 5 s. */
const longestDrain = 4_000;

/** The most sends that a process has under way: 240. A fifth of the connections is left to registrations. */
const mostSends = mostConnections * 0.8;

/** Creates the features, with one client of each service. Sends no request. */
export function createFeatures(settings: Settings): Features {
  const { signIn } = settings;
  const hub = createHubClient(settings.hub.connectionString, settings.hub.name);
  const registrationHub = createRegistrationHub(hub);
  const storage = createStorageClients(settings.storage, (clientId) =>
    createManagedIdentity(console, clientId),
  );
  const rowTables = createAzureRowTables(storage);
  const messageTable = createAzureMessageTable(storage);

  const openings = createOpenings(createAddOpened(storage));

  const forgottenUsers = createAzureForgottenUsers(storage);

  const breakers = createCircuitBreakers();
  const behindAnswers = createBehindAnswers();
  const bulkhead = createBulkhead(mostSends);
  const delivery = {
    platforms: settings.platforms,
    queue: createAzureIntentQueue(storage),
    intentOfRow: createAzureIntentOfRow(storage),
    isForgotten: createIsForgotten(forgottenUsers),
    isNewest: createAzureIsNewest(storage, messageTableName),
    fanOut: createFanOut(
      createSendToAudience(hub),
      breakers,
      bulkhead,
      { settings: settings.payload, messageTables },
      Date.now,
    ),
    recorders: new Map(
      storedTables.flatMap(({ kind, name }) =>
        kind === "messages" ? [[name, createRecordMessageResults(storage, name)] as const] : [],
      ),
    ),
    breakers,
    sendSwitch: createSendSwitch(createAzureSendSwitch(storage).read, console),
    schedule: createSchedule(settings.retrySeconds),
    behindAnswers,
    processLog: console,
    now: Date.now,
  };

  return {
    authenticate:
      signIn.kind === "platform"
        ? authenticateByPrincipal
        : createAuthenticateByToken(createVerifyToken(signIn.issuers)),
    takeWrite: createUserBuckets({
      perMinute: settings.writesPerMinute,
      atOnce: settings.writesAtOnce,
    }),
    platformLogin: signIn.kind === "platform" ? createPlatformLogin(signIn.url) : undefined,
    register: createRegister(registrationHub, forgottenUsers.read),
    unregister: createUnregister(registrationHub),
    listDevices: createListDevices(registrationHub),
    removeDevice: createRemoveDevice(registrationHub),
    forgetUser: createForgetUser({
      forgottenUsers,
      forgetDevices: createForgetDevices(registrationHub),
      forgetRows: storedTables.flatMap((one) =>
        one.kind === "rows" ? [createForgetRows(rowTables(one.table))] : [],
      ),
      clearPoison: createClearPoison(storage),
      behindAnswersEnded: behindAnswers.ended,
      now: Date.now,
    }),
    insertRow: createInsertRow(rowTables),
    announceInsert: createAnnounceInsert(delivery),
    redeliver: createRedeliver(delivery),
    listRows: createListRows(rowTables, createUserBuckets({ perMinute: settings.scansPerMinute })),
    getRow: createGetRow(rowTables),
    updateRow: createUpdateRow(rowTables),
    deleteRow: createDeleteRow(rowTables),
    insertMessage: createInsertMessage(messageTable, settings.platforms),
    getMessage: createGetMessage(messageTable, createCountDevices(hub)),
    noteOpened: openings.note,
    async drain() {
      await Promise.all([behindAnswers.drain(longestDrain), openings.store()]);
    },
  };
}
