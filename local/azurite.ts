import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startChild } from "./childProcess.ts";
import { keepAliveSeconds } from "./listen.ts";
import type { Ports } from "./ports.ts";

export interface Azurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** The ports of its services; 0 takes a free one. */
  readonly ports: Pick<Ports, "blob" | "queue" | "table">;
  /** The directory that keeps the data between runs. Without it, the data is in memory. */
  readonly dataDirectory?: string;
  /** Account names, all with the development key. Default: the development account only. */
  readonly accounts?: readonly string[];
  readonly log: (line: string) => void;
}

/** The public development key: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
export const developmentKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const services = ["blob", "queue", "table"] as const;

/** Starts Azurite, the emulator of Azure Storage, in its own process on 127.0.0.1. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const { ports, dataDirectory, accounts, log } = options;
  const perService = services.flatMap((service) => [
    `--${service}Port=${ports[service]}`,
    `--${service}KeepAliveTimeout=${keepAliveSeconds}`,
  ]);
  const { ready, stop } = await startChild({
    name: "Azurite",
    file: createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js"),
    // The storage clients use newer API versions than Azurite knows.
    args: [
      "--silent",
      "--disableTelemetry",
      "--skipApiVersionCheck",
      dataDirectory === undefined
        ? "--inMemoryPersistence"
        : `--location=${join(dataDirectory, "azurite")}`,
      ...perService,
    ],
    execArgv: ["--import", pathToFileURL(join(import.meta.dirname, "azuritePreload.ts")).href],
    env: {
      ...process.env,
      AZURITE_ACCOUNTS: accounts?.map((account) => `${account}:${developmentKey}`).join(";"),
    },
    whenReady: readEndpoints,
    output: log,
  });
  const endpoints = Object.entries(ready).map(
    ([service, url]) =>
      `${service[0]?.toUpperCase()}${service.slice(1)}Endpoint=${url}/devstoreaccount1;`,
  );
  return {
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${developmentKey};` +
      endpoints.join(""),
    stop: () => stop(),
  };
}

/** Reads the services' addresses from Azurite's output. Each service prints its address when it is ready. */
async function readEndpoints(
  child: ChildProcess,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  let output = "";
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("It was not ready in time.")));
    child.stdout?.on("data", (piece: string) => {
      output += piece;
      const found = output.matchAll(/Azurite (\w+) service is successfully listening at (\S+)\s/g);
      const endpoints = Object.fromEntries(
        [...found].map(([, service = "", url = ""]) => [service.toLowerCase(), url]),
      );
      if (services.every((service) => Object.hasOwn(endpoints, service))) resolve(endpoints);
    });
  });
}
