import type { HttpClient } from "@azure/core-rest-pipeline";
import { TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import { QueueServiceClient, type StoragePipelineOptions } from "@azure/storage-queue";
import { httpClient, queueHttpClient } from "../http/httpClient.ts";
import { ForeignResponseError } from "./failure.ts";

/** How to reach the storage account. */
export type StorageAccount =
  | { readonly kind: "connectionString"; readonly connectionString: string }
  /** With Entra tokens; `clientId` names a user-assigned managed identity. */
  | { readonly kind: "identity"; readonly accountName: string; readonly clientId?: string };

/** Creates clients of one storage account. Creating a client sends no request. */
export interface StorageClients {
  table(name: string, options: TableServiceClientOptions): TableClient;
  queues(options: StoragePipelineOptions): QueueServiceClient;
}

type Policy = NonNullable<TableServiceClientOptions["additionalPolicies"]>[number];

/**
 * Rejects responses that the client would take for an empty list or a successful write, although they do not
 * come from storage, which always sends its request id. Rejects a read row that is no JSON object too: the client would
 * throw an error like that of a bug.
 */
const onlyFromStorage: Policy = {
  position: "perCall",
  policy: {
    name: "onlyFromStorage",
    async sendRequest(request, next) {
      const response = await next(request);
      const { status, bodyAsText } = response;
      const isNoObject = request.method === "GET" && !bodyAsText?.startsWith("{");
      if (status < 300 && (!response.headers.has("x-ms-request-id") || isNoObject)) {
        throw new ForeignResponseError(`A response ${status} does not come from storage.`);
      }
      return response;
    },
  },
};

/**
 * Rejects responses of the queue that are cut or of another kind. The queue's client would throw an error like that of a
 * bug.
 */
const wholeLists: HttpClient = {
  async sendRequest(request) {
    const response = await httpClient.sendRequest(request);
    const { status } = response;
    const bodyAsText = response.bodyAsText ?? "";
    if (status < 300 && bodyAsText && !/<\/?QueueMessagesList\s*\/?>\s*$/.test(bodyAsText)) {
      throw new ForeignResponseError(`A response ${status} is no list of messages.`);
    }
    return response;
  },
};

const tableOptions = { additionalPolicies: [onlyFromStorage], httpClient };

/** Policies that every client has and that do nothing for this app. */
const idlePolicies = [
  "decompressResponsePolicy",
  "formDataPolicy",
  "logPolicy",
  "multipartPolicy",
  "proxyPolicy",
  "redirectPolicy",
  "tracingPolicy",
  "userAgentPolicy",
];

/** What this app uses of the part that the queue's client hides. */
interface CorePipeline {
  removePolicy(options: { readonly name: string }): unknown;
}

function isCorePipeline(value: unknown): value is CorePipeline {
  return typeof value === "object" && value !== null && "removePolicy" in value;
}

/**
 * Removes the idle policies of the queue's client, and lets it use the newer form of the HTTP client. It has no option
 * for either, and they are a third of what a call costs. If a later version hides them elsewhere, it works as before.
 */
function leanQueues(service: QueueServiceClient): QueueServiceClient {
  const shared: unknown = Reflect.get(service, "pipeline");
  if (typeof shared !== "object" || shared === null) return service;
  const core: unknown = Reflect.get(shared, "_corePipeline");
  if (isCorePipeline(core)) for (const name of idlePolicies) core.removePolicy({ name });
  Reflect.set(shared, "_coreHttpClient", wholeLists);
  return service;
}

function lean(client: TableClient): TableClient {
  for (const name of idlePolicies) client.pipeline.removePolicy({ name });
  return client;
}

/** @param identity creates the credential; it is called once, and only if the account needs tokens */
export function createStorageClients(
  account: StorageAccount,
  identity: (clientId?: string) => TokenCredential,
): StorageClients {
  if (account.kind === "connectionString") {
    const { connectionString } = account;
    return {
      // The settings allow plain http on loopback addresses only.
      table: (name, options) =>
        lean(
          TableClient.fromConnectionString(connectionString, name, {
            ...tableOptions,
            ...options,
            allowInsecureConnection: true,
          }),
        ),
      queues: (options) =>
        leanQueues(
          QueueServiceClient.fromConnectionString(connectionString, {
            httpClient: queueHttpClient,
            ...options,
          }),
        ),
    };
  }
  const credential = identity(account.clientId);
  const endpoint = (service: string) =>
    `https://${account.accountName}.${service}.core.windows.net`;
  return {
    table: (name, options) =>
      lean(new TableClient(endpoint("table"), name, credential, { ...tableOptions, ...options })),
    queues: (options) =>
      leanQueues(
        new QueueServiceClient(endpoint("queue"), credential, {
          httpClient: queueHttpClient,
          ...options,
        }),
      ),
  };
}
