import { type RecordingProxy, startRecordingProxy } from "./recordingProxy.ts";
import type { TestStack } from "./testStack.ts";

/** Stands between the app and storage: one proxy for its queues, one for its tables. */
export interface StorageProxies {
  readonly queues: RecordingProxy;
  readonly tables: RecordingProxy;
  /** The app's `AzureWebJobsStorage`. */
  readonly connectionString: string;
  /** Says where storage is. */
  forwardTo(stack: TestStack): void;
  stop(): Promise<void>;
}

export async function startStorageProxies(): Promise<StorageProxies> {
  const [queues, tables] = [await startRecordingProxy(), await startRecordingProxy()];
  return {
    queues,
    tables,
    connectionString:
      "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
      "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
      `QueueEndpoint=${queues.url}/devstoreaccount1;TableEndpoint=${tables.url}/devstoreaccount1;`,
    forwardTo({ addresses }) {
      const endpoint = (name: string) =>
        new RegExp(`${name}Endpoint=([^;]+)`).exec(addresses.storage)?.[1] ?? "";
      queues.forwardTo(endpoint("Queue"));
      tables.forwardTo(endpoint("Table"));
    },
    async stop() {
      await Promise.all([queues.stop(), tables.stop()]);
    },
  };
}
