// The built app behind a bare node:http server that calls the Functions library as the worker does, and nothing else.
// Its cost is that of the app: the rest of an insert's cost on this machine is the local host's.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import Module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { root } from "./processes.ts";

const callable = v.function();
const registered = v.looseObject({
  name: v.string(),
  bindings: v.record(v.string(), v.looseObject({ type: v.string() })),
});
const httpResponse = v.looseObject({
  returnValue: v.looseObject({
    http: v.looseObject({
      statusCode: v.string(),
      headers: v.record(v.string(), v.string()),
      body: v.nullish(v.looseObject({ bytes: v.optional(v.instance(Uint8Array)) })),
    }),
  }),
});

const functions = new Map<
  string,
  { metadata: v.InferOutput<typeof registered>; callback: unknown }
>();
let model: Record<string, unknown> = {};
class Disposable {}
const core = {
  version: "3.13.0",
  hostVersion: "4.1037.0",
  Disposable,
  registerFunction(metadata: unknown, callback: unknown) {
    const checked = v.parse(registered, metadata);
    functions.set(checked.name, { metadata: checked, callback });
    return new Disposable();
  },
  setProgrammingModel(value: Record<string, unknown>) {
    model = value;
  },
  getProgrammingModel: () => model,
  registerHook: () => new Disposable(),
  log: () => {},
};
const require = Module.prototype.require;
Module.prototype.require = function (this: Module, id: string) {
  return id === "@azure/functions-core" ? core : require.call(this, id);
};
await import(pathToFileURL(join(root, "dist/app/main.mjs")).href);

const insert = functions.get("insertTodoItem");
if (!insert) throw new Error("The app has no function insertTodoItem.");
const [trigger = ""] = Object.keys(insert.metadata.bindings);
const call = (target: unknown, name: string, ...args: unknown[]): unknown =>
  Reflect.apply(v.parse(callable, Reflect.get(Object(target), name)), target, args);

async function answer(request: IncomingMessage, body: Buffer) {
  const invocationId = randomUUID();
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    { value: String(value) },
  ]);
  const invocation = call(model, "getInvocationModel", {
    invocationId,
    metadata: insert?.metadata,
    request: {
      invocationId,
      inputData: [
        {
          name: trigger,
          data: {
            http: {
              method: "POST",
              url: `http://127.0.0.1${request.url}`,
              nullableHeaders: Object.fromEntries(headers),
              nullableParams: {},
              nullableQuery: {},
              body: { bytes: body },
            },
          },
        },
      ],
      triggerMetadata: {},
    },
    log: () => {},
  });
  const { context, inputs } = Object(await call(invocation, "getArguments"));
  const result = await call(invocation, "invokeFunction", context, inputs, insert?.callback);
  return v.parse(httpResponse, await call(invocation, "getResponse", context, result)).returnValue
    .http;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { statusCode, headers, body } = await answer(request, Buffer.concat(chunks));
    response.writeHead(Number(statusCode), headers).end(body?.bytes);
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
process.send?.({ url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
