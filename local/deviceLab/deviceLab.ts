import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { tables } from "../../src/tables.ts";
import { listen } from "../listen.ts";
import type { StackAddresses } from "../stackAddresses.ts";
import { bundlePage } from "./bundlePage.ts";

/** The web page of simulated phones. */
export interface DeviceLab {
  readonly url: string;
  /** Tells the page where everything is. Until then it waits. */
  open(addresses: StackAddresses & { readonly functions: string }, byPlatform: boolean): void;
  stop(): Promise<void>;
}

/** How often the number of waiting notifications is looked up while a page is open, in milliseconds. */
const queueInterval = 1_000;

interface Opened {
  readonly addresses: StackAddresses & { readonly functions: string };
  readonly byPlatform: boolean;
}

/**
 * Starts the Lab on 127.0.0.1. Its address is known before the parts that it uses have started, because they must
 * allow its origin.
 *
 * @param port 0 picks a free port
 */
export async function startDeviceLab(port: number): Promise<DeviceLab> {
  const { promise: opened, resolve: open } = Promise.withResolvers<Opened>();
  const page = bundlePage();
  // A page that can't be built is reported when it is asked for.
  page.catch(() => {});
  const style = readFile(join(import.meta.dirname, "page/style.css"), "utf8");

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const { addresses, byPlatform } = await opened;
    const policy = [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // What a message shows lies anywhere, as on a phone.
      "img-src 'self' data: https:",
      `connect-src 'self' ${[addresses.functions, addresses.issuer, addresses.hub.url].map(originOf).join(" ")}`,
      `frame-src 'self' ${originOf(addresses.issuer)} ${originOf(addresses.functions)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
    ];
    response.setHeader("content-security-policy", policy.join("; "));
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    const end = (type: string, body: string): void => {
      response.setHeader("content-type", `${type}; charset=utf-8`).end(body);
    };
    switch (path) {
      case "/":
        return end("text/html", html);
      case "/lab.js":
        return end("text/javascript", await page);
      case "/style.css":
        return end("text/css", await style);
      case "/signed-in":
        return end(
          "text/html",
          '<!doctype html><title>Signed in</title><script src="/signed-in.js"></script>',
        );
      case "/signed-in.js":
        return end("text/javascript", "parent.postMessage(location.href, location.origin);");
      case "/favicon.ico":
        response.writeHead(204).end();
        return;
      case "/addresses": {
        const { functions, issuer, hub } = addresses;
        const signIn = byPlatform ? "platform" : "tokens";
        const shown = tables.map(({ name, example }) => ({ name, example }));
        const all = { functions, issuer, hub: hub.url, signIn, tables: shown };
        return end("application/json", JSON.stringify(all));
      }
      case "/queue":
        return followQueue(addresses.storage, response);
      default:
        response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) => {
    const host = request.headers.host ?? "";
    // Another name means DNS rebinding.
    if (/^localhost(?::\d+)?$/i.test(host)) {
      // The other parts allow this page's own origin, and no other name of it.
      response.writeHead(302, { location: `${url}/` }).end();
      return;
    }
    if (!/^127\.0\.0\.1(?::\d+)?$/.test(host)) {
      response.writeHead(403).end();
      return;
    }
    answer((request.url ?? "/").split("?", 1)[0] ?? "/", response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" }).end(`${error}\n`);
    });
  });
  const url = await listen(server, port);
  return {
    url,
    open: (addresses, byPlatform) => open({ addresses, byPlatform }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function originOf(url: string): string {
  return new URL(url).origin;
}

/** Tells the page how many notifications wait on the queue, whenever that changes. */
async function followQueue(storage: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  // The client takes a moment to load, and only a page needs it.
  const { QueueClient } = await import("@azure/storage-queue");
  const queue = new QueueClient(storage, "notifications", { retryOptions: { maxTries: 1 } });
  let last: number | undefined;
  const look = async (): Promise<void> => {
    // The queue is created with the first insert.
    const found = await queue.getProperties().catch(() => undefined);
    const count = found?.approximateMessagesCount ?? 0;
    if (count !== last) response.write(`data: ${count}\n\n`);
    last = count;
  };
  const timer = setInterval(look, queueInterval);
  response.on("close", () => clearInterval(timer));
  await look();
}

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Device Lab</title>
<link rel="stylesheet" href="/style.css">
<div id="lab"></div>
<script type="module" src="/lab.js"></script>
</html>
`;
