import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { readLocalSettings } from "../../src/settings/localSettings.ts";
import { createEasyAuth, type EasyAuthOptions } from "../easyAuth/easyAuth.ts";
import { listen } from "../listen.ts";
import { type App, loadApp } from "./app.ts";
import { captureAppConsole } from "./appConsole.ts";
import type { Log } from "./coreModule.ts";
import { withCors } from "./cors.ts";
import { readHostJson } from "./hostJson.ts";
import { withHostPages } from "./hostPages.ts";
import { createHttpListener, httpEndpoints } from "./httpTrigger.ts";
import {
  end,
  endWith,
  isOwnName,
  readRequest,
  refuseOtherMethods,
  serverOptions,
} from "./kestrel.ts";
import { withLevels } from "./logFilter.ts";
import { startQueueListeners } from "./queueTrigger.ts";

/** How long the host waits for running calls when it stops, in milliseconds. */
const drainDeadline = 3_000;

/** How long the host waits for the app's terminate hooks, in milliseconds. The real one then kills its worker. */
const terminateDeadline = 5_000;

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
  /** The origins of pages that may call the functions, besides those of local.settings.json. */
  readonly corsOrigins?: readonly string[];
  /** The address of the Device Lab, for the home page. */
  readonly deviceLab?: string;
  /** If present, App Service Authentication is on. */
  readonly easyAuth?: EasyAuthOptions;
  /** Names of this machine in a request's `Host`, besides those that every machine has. */
  readonly allowedHosts?: readonly string[];
  /** The function key that functions with an `authLevel` ask for, as in Azure. Without it, they ask for none. */
  readonly key?: string;
  /** Whether to go on without functions if the app can't be loaded, like the real host. */
  readonly stayUp?: boolean;
  /** Prints what host.json keeps. It must not write with `process.stdout.write` or `process.stderr.write`. */
  readonly log: Log;
  /** Prints a line about the host itself, whatever host.json keeps. */
  readonly print: (line: string) => void;
}

/**
 * Runs a built app in this process on 127.0.0.1, like the Azure Functions host. The environment of the
 * process holds the app settings, so a process can run only one app, once.
 *
 * @throws if the app can't start, because a file is missing or the app itself throws
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { appDirectory, port, print } = options;
  const { values, cors } = options.localSettings
    ? await readLocalSettings(appDirectory)
    : { values: {}, cors: { origins: [], credentials: false } };
  process.env = { ...values, ...process.env };
  // The storage and hub clients use HTTP_PROXY even for addresses on this machine.
  process.env["NO_PROXY"] = [process.env["NO_PROXY"], "127.0.0.1", "localhost"]
    .filter(Boolean)
    .join(",");

  const hostJson = await readHostJson(appDirectory, options.queueHold);
  const log = withLevels(hostJson.logLevels, options.log);
  // The app needs its address before it loads. Requests wait until it is loaded.
  const { promise: loaded, resolve: answerWith } = Promise.withResolvers<RequestListener>();
  const server = createServer(serverOptions, (request, response) => {
    const refusal = readRequest(request);
    if (refusal !== undefined) {
      end(response, refusal);
      return;
    }
    if (!isOwnName(request, options.allowedHosts ?? [])) {
      response.statusCode = 403;
      response.setHeader("content-type", "text/plain; charset=utf-8");
      endWith(
        response,
        Buffer.from(
          "This host answers to the names of this machine alone. To add one: --allow-host NAME\n",
        ),
      );
      return;
    }
    loaded
      .then((listener) => listener(request, response))
      .catch((error: unknown) => {
        log("error", "Host.General", `A request could not be passed to the app: ${error}`);
        response.destroy();
      });
  });
  refuseOtherMethods(server);
  const url = await listen(server, port);
  process.env["WEBSITE_HOSTNAME"] = new URL(url).host;
  process.env["WEBSITE_AUTH_ENABLED"] = options.easyAuth ? "True" : "False";
  captureAppConsole(log);
  let app: App;
  try {
    app = await loadApp(appDirectory, log);
  } catch (error) {
    if (!options.stayUp) {
      server.close();
      server.closeAllConnections();
      throw error;
    }
    print(`The app was not loaded, and the host has no functions. ${messageOf(error)}`);
    app = noFunctions;
  }
  const endpoints = httpEndpoints(app, hostJson.routePrefix);
  const lines = endpoints.map(
    ({ called, methods, route }) =>
      `${called.metadata.name}: [${methods.join(",")}] ${url}${route}`,
  );
  const functions = withHostPages(
    lines,
    options.deviceLab,
    createHttpListener(app, endpoints, options.key, hostJson.http, log),
  );
  const front = options.easyAuth ? createEasyAuth(options.easyAuth)(functions) : functions;
  const origins = [...cors.origins, ...(options.corsOrigins ?? [])];
  answerWith(withCors({ ...cors, origins }, front));
  for (const line of lines) print(line);
  const listeners = startQueueListeners(app, hostJson.queues, log);

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
      await Promise.race([app.terminate(), wait(terminateDeadline, undefined, { ref: false })]);
    },
  };
}

/** An app of which nothing could be loaded. */
const noFunctions: App = {
  functions: [],
  invoke: () => Promise.reject(new Error("The app has no functions.")),
  terminate: () => Promise.resolve(),
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
