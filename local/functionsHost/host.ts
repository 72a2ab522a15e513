import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createEasyAuth, type EasyAuthOptions } from "../easyAuth/easyAuth.ts";
import { withoutPrincipal } from "../easyAuth/principal.ts";
import { listen } from "../listen.ts";
import { type App, loadApp } from "./app.ts";
import type { Log } from "./coreModule.ts";
import { readHostJson } from "./hostJson.ts";
import { createHttpListener, httpEndpoints } from "./httpTrigger.ts";
import { readLocalSettings } from "./localSettings.ts";
import { startQueueListeners } from "./queueTrigger.ts";

/** How long running calls get to finish when the host stops, in milliseconds. */
const drainDeadline = 3_000;

/** The size of a request's line and headers that the host takes, in bytes. */
const largestHead = 32 * 1024;

export interface FunctionsHost {
  readonly url: string;
  stop(): Promise<void>;
}

export interface FunctionsHostOptions {
  /** The folder of the built app: host.json, package.json and what its `main` names. */
  readonly appDirectory: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether local.settings.json adds to the settings in the environment, which win. */
  readonly localSettings: boolean;
  /** How long a queue's message is held for its function, in seconds: 600 in the real host. */
  readonly queueHold?: number;
  /** With it, App Service Authentication is on. */
  readonly easyAuth?: EasyAuthOptions;
  readonly log: Log;
}

/**
 * Runs a built app in this process as the Azure Functions host would, on 127.0.0.1. The app's settings
 * are the process's environment; a process runs one app, once.
 *
 * @throws what keeps the app from starting: a missing file, or what the app itself throws
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { appDirectory, port, log } = options;
  const settings = options.localSettings ? await readLocalSettings(appDirectory) : {};
  process.env = { ...settings, ...process.env };
  // The storage and hub clients honour HTTP_PROXY even for addresses of this machine.
  process.env["NO_PROXY"] = [process.env["NO_PROXY"], "127.0.0.1", "localhost"]
    .filter(Boolean)
    .join(",");

  const { routePrefix, queues } = await readHostJson(appDirectory, options.queueHold);
  // The app is told where it is before it is loaded; requests wait until it is.
  const { promise: loaded, resolve: answerWith } = Promise.withResolvers<RequestListener>();
  const server = createServer({ maxHeaderSize: largestHead }, (request, response) => {
    loaded
      .then((listener) => listener(request, response))
      .catch((error: unknown) => {
        log("error", "host", `A request could not be passed on: ${error}`);
        response.destroy();
      });
  });
  const url = await listen(server, port);
  process.env["WEBSITE_HOSTNAME"] = new URL(url).host;
  process.env["WEBSITE_AUTH_ENABLED"] = options.easyAuth ? "True" : "False";
  let app: App;
  try {
    app = await loadApp(appDirectory, log);
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
  const endpoints = httpEndpoints(app, routePrefix);
  const front = options.easyAuth ? createEasyAuth(options.easyAuth) : withoutPrincipal;
  answerWith(front(createHttpListener(app, endpoints, log)));
  for (const { called, methods, route } of endpoints) {
    log("information", "host", `${called.metadata.name}: [${methods.join(",")}] ${url}${route}`);
  }
  const listeners = startQueueListeners(app, queues, log);

  return {
    url,
    async stop() {
      const drained = Promise.all(listeners.map((listener) => listener.stop()));
      const closed = once(server, "close");
      server.close();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const deadline = setTimeout(() => {
        server.closeAllConnections();
        resolve();
      }, drainDeadline);
      await closed;
      await Promise.race([drained, late]);
      clearTimeout(deadline);
      await app.terminate();
    },
  };
}
