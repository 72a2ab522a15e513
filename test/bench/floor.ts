// The floor of an insert: a bare node:http server that makes the same exchanges as the app, one connection pool
// for each service, with signatures made by hand. Like the app, it answers after the first two, and makes the others behind
// the answer. It checks nothing and keeps nothing.
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { Agent, request } from "undici";

const storage = new Map(
  (process.env["AzureWebJobsStorage"] ?? "").split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [] : [[part.slice(0, at), part.slice(at + 1)] as const];
  }),
);
const hub = new Map(
  (process.env["NotificationHub__connectionString"] ?? "").split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [] : [[part.slice(0, at), part.slice(at + 1)] as const];
  }),
);
const account = storage.get("AccountName") ?? "";
const accountKey = Buffer.from(storage.get("AccountKey") ?? "", "base64");
const queue = new URL(`${storage.get("QueueEndpoint")}/notifications/messages`);
const table = new URL(`${storage.get("TableEndpoint")}/TodoItem`);
const sends = new URL(`${hub.get("Endpoint")}notify-users/messages/?api-version=2020-06`);
const dispatcher = new Agent({ connections: 100 });
const token = sas();

function sas(): string {
  const audience = encodeURIComponent(`${hub.get("Endpoint")}`.toLowerCase());
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const key = hub.get("SharedAccessKey") ?? "";
  const signature = createHmac("sha256", key).update(`${audience}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${hub.get("SharedAccessKeyName")}`;
}

async function call(
  method: "POST" | "DELETE",
  url: URL,
  headers: Record<string, string>,
  body: string,
  expected: number,
): Promise<string> {
  const sent = body === "" ? {} : { body };
  const response = await request(url, { method, headers, dispatcher, ...sent });
  const text = await response.body.text();
  if (response.statusCode === expected) return text;
  throw new Error(`${method} ${url.pathname} returned ${response.statusCode}: ${text}`);
}

const sign = (text: string) =>
  createHmac("sha256", accountKey).update(text, "utf8").digest("base64");

/** Calls the queue with a Shared Key signature. */
function callQueue(
  method: "POST" | "DELETE",
  url: URL,
  body: string,
  expected: number,
): Promise<string> {
  const date = new Date().toUTCString();
  const type = body === "" ? "" : "application/xml";
  const query = [...url.searchParams]
    .map(([name, value]) => `\n${name}:${value}`)
    .sort()
    .join("");
  const text = `${method}\n\n\n${body === "" ? "" : Buffer.byteLength(body)}\n\n${type}\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:2025-11-05\n/${account}${url.pathname}${query}`;
  const headers = {
    "x-ms-date": date,
    "x-ms-version": "2025-11-05",
    authorization: `SharedKey ${account}:${sign(text)}`,
    ...(type && { "content-type": type }),
  };
  return call(method, url, headers, body, expected);
}

/** Stores an item: a put and an insert. Behind its answer, sends it: three sends and a delete. */
async function insert(body: string): Promise<string> {
  const { text } = JSON.parse(body);
  const id = randomUUID();
  const intent = Buffer.from(
    JSON.stringify({
      version: 1,
      intentId: randomUUID(),
      createdAt: new Date().toISOString(),
      announcement: {
        source: { table: "TodoItem", partition: "p".repeat(64), rowId: id },
        userDigest: "p".repeat(64),
        title: "New item added:",
        text,
      },
      platforms: ["wns", "apns", "fcmv1"],
      attempt: 0,
    }),
  ).toString("base64");
  const put = new URL(queue);
  put.searchParams.set("visibilitytimeout", "30");
  const message = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><QueueMessage><MessageText>${intent}</MessageText></QueueMessage>`;
  const answer = await callQueue("POST", put, message, 201);
  const messageId = /<MessageId>([^<]+)/.exec(answer)?.[1] ?? "";
  const popReceipt = /<PopReceipt>([^<]+)/.exec(answer)?.[1] ?? "";

  const date = new Date().toUTCString();
  const now = new Date().toISOString();
  const row = JSON.stringify({
    PartitionKey: "p".repeat(64),
    RowKey: id,
    text,
    complete: false,
    createdAt: now,
    updatedAt: now,
    contentDigest: "d".repeat(64),
    intentId: randomUUID(),
  });
  await call(
    "POST",
    table,
    {
      "x-ms-date": date,
      "x-ms-version": "2019-02-02",
      dataserviceversion: "3.0",
      accept: "application/json;odata=minimalmetadata",
      prefer: "return-no-content",
      "content-type": "application/json;odata=nometadata",
      authorization: `SharedKeyLite ${account}:${sign(`${date}\n/${account}${table.pathname}`)}`,
    },
    row,
    204,
  );

  announce(id, text, messageId, popReceipt).catch((error: unknown) => {
    process.stderr.write(`${error}\n`);
  });
  return JSON.stringify({ id, text, complete: false, createdAt: now, updatedAt: now });
}

async function announce(
  id: string,
  text: string,
  messageId: string,
  popReceipt: string,
): Promise<void> {
  const payloads = [
    [
      "wns",
      "application/xml",
      `<toast><visual><binding template="ToastText02"><text id="1">New item added:</text><text id="2">${text}</text></binding></visual></toast>`,
      { "X-WNS-Type": "wns/toast" },
    ],
    [
      "apple",
      "application/json;charset=utf-8",
      JSON.stringify({ aps: { alert: text }, todoItemId: id }),
      { "apns-push-type": "alert" },
    ],
    [
      "fcmv1",
      "application/json;charset=utf-8",
      JSON.stringify({
        message: {
          notification: { title: "New item added:", body: text },
          data: { todoItemId: id },
        },
      }),
      {},
    ],
  ] as const;
  await Promise.all(
    payloads.map(([format, type, payload, more]) =>
      call(
        "POST",
        sends,
        {
          authorization: token,
          "x-ms-version": "2020-06",
          "content-type": type,
          "servicebusnotification-format": format === "wns" ? "windows" : format,
          "servicebusnotification-tags": `user:${"p".repeat(64)}`,
          ...more,
        },
        payload,
        201,
      ),
    ),
  );
  const remove = new URL(`${queue}/${messageId}`);
  remove.searchParams.set("popreceipt", popReceipt);
  await callQueue("DELETE", remove, "", 204);
}

const server = createServer((incoming, outgoing) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (piece: string) => {
    body += piece;
  });
  incoming.on("end", () => {
    insert(body).then(
      (answer) =>
        outgoing
          .writeHead(201, {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(answer),
          })
          .end(answer),
      (error: unknown) => {
        process.stderr.write(`${error}\n`);
        outgoing.writeHead(500).end();
      },
    );
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
process.send?.({ url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
