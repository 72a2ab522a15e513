import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { readLocalSettings } from "../../src/settings/localSettings.ts";
import { createEasyAuth, type EasyAuthOptions } from "../easyAuth/easyAuth.ts";
import { withoutPrincipal } from "../easyAuth/principal.ts";
import { listen } from "../listen.ts";
import { type App, loadApp } from "./app.ts";
import type { Log } from "./coreModule.ts";
import { readHostJson } from "./hostJson.ts";
import { createHttpListener, httpEndpoints } from "./httpTrigger.ts";
import { startQueueListeners } from "./queueTrigger.ts";

/** How long the host waits for running calls when it stops, in milliseconds. */
const drainDeadline = 3_000;

/** The maximum size of a request's line and headers, in bytes. */
const largestHead = 32 * 1024;

export interface FunctionsHost {
  readonly url: string;
  stop(): Promise<void>;
}

export interface FunctionsHostOptions {
  /** The folder of the built app, with host.json, package.json and the files that match its `main`. */
  readonly appDirectory: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Whether to read local.settings.json. Settings in the environment take precedence. */
  readonly localSettings: boolean;
  /** How long a function holds a queue message, in seconds. It is 600 in the real host. */
  readonly queueHold?: number;
  /** If present, App Service Authentication is on. */
  readonly easyAuth?: EasyAuthOptions;
  readonly log: Log;
}

/**
 * Runs a built app in this process on 127.0.0.1, like the Azure Functions host. The environment of the
 * process holds the app settings, so a process can run only one app, once.
 *
 * @throws if the app can't start, because a file is missing or the app itself throws
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { appDirectory, port, log } = options;
  const settings = options.localSettings ? await readLocalSettings(appDirectory) : {};
  process.env = { ...settings, ...process.env };
  // The storage and hub clients use HTTP_PROXY even for addresses on this machine.
  process.env["NO_PROXY"] = [process.env["NO_PROXY"], "127.0.0.1", "localhost"]
    .filter(Boolean)
    .join(",");

  const { routePrefix, queues } = await readHostJson(appDirectory, options.queueHold);
  // The app needs its address before it loads. Requests wait until it is loaded.
  const { promise: loaded, resolve: answerWith } = Promise.withResolvers<RequestListener>();
  const server = createServer({ maxHeaderSize: largestHead }, (request, response) => {
    loaded
      .then((listener) => listener(request, response))
      .catch((error: unknown) => {
        log("error", "host", `A request could not be passed to the app: ${error}`);
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
