import { TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import { httpClient } from "../http/httpClient.ts";
import { createAccessTokens } from "./accessToken.ts";
import { createSignature } from "./accountKey.ts";
import { ForeignResponseError } from "./failure.ts";
import type { Queue } from "./queue.ts";
import { createQueueClient } from "./queueClient.ts";

/** How to reach the storage account. */
export type StorageAccount =
  /** With its key. The addresses have no slash at the end, and are host-style or path-style. */
  | {
      readonly kind: "key";
      readonly name: string;
      /** In base64. */
      readonly key: string;
      readonly queueUrl: string;
      readonly tableUrl: string;
    }
  /** With Entra tokens; `clientId` names a user-assigned managed identity. */
  | { readonly kind: "identity"; readonly accountName: string; readonly clientId?: string };

/** Creates clients of one storage account. Creating a client sends no request. */
export interface StorageClients {
  table(name: string, options: TableServiceClientOptions): TableClient;
  queue(name: string): Queue;
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
 * Signs each try with an account key. The client's own policy imports the key for each signature, and sends a retry with the
 * date of the first try.
 */
function signing(account: string, accountKey: string): Policy {
  const signatureOf = createSignature(accountKey);
  return {
    position: "perRetry",
    policy: {
      name: "signing",
      sendRequest(request, next) {
        const { pathname, searchParams } = new URL(request.url);
        const date = new Date().toUTCString();
        const comp = searchParams.get("comp");
        const signed = `${date}\n/${account}${pathname}${comp === null ? "" : `?comp=${comp}`}`;
        request.headers.set("x-ms-date", date);
        request.headers.set("authorization", `SharedKeyLite ${account}:${signatureOf(signed)}`);
        return next(request);
      },
    },
  };
}

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

function lean(client: TableClient): TableClient {
  for (const name of idlePolicies) client.pipeline.removePolicy({ name });
  return client;
}

/** @param identity creates the credential; it is called once, and only if the account needs tokens */
export function createStorageClients(
  account: StorageAccount,
  identity: (clientId?: string) => TokenCredential,
): StorageClients {
  if (account.kind === "key") {
    const { name: accountName, key, queueUrl, tableUrl } = account;
    const additionalPolicies = [onlyFromStorage, signing(accountName, key)];
    // The settings allow plain http on loopback addresses only.
    const fixed = { additionalPolicies, httpClient, allowInsecureConnection: true };
    return {
      table: (name, options) => lean(new TableClient(tableUrl, name, { ...fixed, ...options })),
      queue: (name) =>
        createQueueClient(queueUrl, name, { kind: "key", account: accountName, key }),
    };
  }
  const credential = identity(account.clientId);
  const tokens = createAccessTokens(credential);
  const endpoint = (service: string) =>
    `https://${account.accountName}.${service}.core.windows.net`;
  const fixed = { additionalPolicies: [onlyFromStorage], httpClient };
  return {
    table: (name, options) =>
      lean(new TableClient(endpoint("table"), name, credential, { ...fixed, ...options })),
    queue: (name) => createQueueClient(endpoint("queue"), name, { kind: "tokens", tokens }),
  };
}
