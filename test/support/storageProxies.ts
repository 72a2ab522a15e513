import { type RecordingProxy, startRecordingProxy } from "./recordingProxy.ts";

/** Two proxies between the app and storage: one for queues, one for tables. */
export interface StorageProxies {
  readonly queues: RecordingProxy;
  readonly tables: RecordingProxy;
  /** The app's `AzureWebJobsStorage`. */
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** @param storage the connection string of the storage to which the proxies forward */
export async function startStorageProxies(storage: string): Promise<StorageProxies> {
  const [queues, tables] = [await startRecordingProxy(), await startRecordingProxy()];
  const between = (proxy: RecordingProxy, endpoint: string) => {
    proxy.forwardTo(endpoint);
    return endpoint.replace(new URL(endpoint).origin, proxy.url);
  };
  return {
    queues,
    tables,
    connectionString: storage
      .replace(/(?<=QueueEndpoint=)[^;]+/, (endpoint) => between(queues, endpoint))
      .replace(/(?<=TableEndpoint=)[^;]+/, (endpoint) => between(tables, endpoint)),
    async stop() {
      await Promise.all([queues.stop(), tables.stop()]);
    },
  };
}
