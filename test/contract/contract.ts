import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as v from "valibot";
import { parse } from "yaml";
import { parseJson } from "../../src/http/parseJson.ts";

/** A request of a test and its answer. */
export interface Exchange {
  readonly method: string;
  /** The path and query. */
  readonly path: string;
  /** The body as it was sent. */
  readonly requestBody?: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const reference = v.looseObject({ $ref: v.string() });
const header = v.looseObject({ required: v.optional(v.boolean(), false), schema: v.unknown() });
const response = v.looseObject({
  description: v.string(),
  headers: v.optional(v.record(v.string(), v.union([reference, header])), {}),
  content: v.optional(v.record(v.string(), v.looseObject({ schema: v.unknown() })), {}),
});
const operation = v.looseObject({
  operationId: v.string(),
  /** The function that serves the operation for every table. */
  "x-function": v.optional(v.string()),
  parameters: v.optional(v.array(v.unknown()), []),
  requestBody: v.optional(
    v.looseObject({ content: v.record(v.string(), v.looseObject({ schema: v.unknown() })) }),
  ),
  security: v.optional(v.array(v.unknown())),
  responses: v.record(v.string(), v.union([reference, response])),
});
const contractSchema = v.looseObject({
  paths: v.record(v.string(), v.record(v.string(), v.unknown())),
  components: v.looseObject({
    responses: v.record(v.string(), response),
    headers: v.record(v.string(), header),
  }),
});

const file = join(import.meta.dirname, "../../docs/openapi.yaml");
const contract = v.parse(contractSchema, parse(readFileSync(file, "utf8")));

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** The path with its parameters in braces. */
  readonly path: string;
  /** Whether it needs a signed-in user. */
  readonly signedIn: boolean;
  readonly hasBody: boolean;
}

interface ContractOperation extends Operation {
  /** The name under which a test sees it: one for all tables. */
  readonly seenAs: string;
  /** Whether its rows have the members of a table. */
  readonly ofTable: boolean;
  readonly pattern: RegExp;
  /** JSON pointer to the operation in the contract. */
  readonly pointer: string;
  readonly queryNames: ReadonlySet<string>;
  readonly responses: ReadonlyMap<string, ContractResponse>;
}

interface ContractResponse {
  readonly pointer: string;
  readonly headers: ReadonlyMap<string, v.InferOutput<typeof header>>;
  readonly content: Readonly<Record<string, unknown>>;
  /** Whether there may be no body, to some requests. */
  readonly isBodyOptional: boolean;
}

const methods = ["get", "post", "put", "patch", "delete"];

const all: readonly ContractOperation[] = Object.entries(contract.paths)
  .flatMap(([path, item]) =>
    methods
      .filter((method) => item[method] !== undefined)
      .map((method) => readOperation(path, method, item)),
  )
  // A path without parameters wins over one with them.
  .sort((a, b) => Number(a.path.includes("{")) - Number(b.path.includes("{")));

/** Every operation of the contract. */
export const operations: readonly Operation[] = all;

function readOperation(
  path: string,
  method: string,
  item: Readonly<Record<string, unknown>>,
): ContractOperation {
  const read = v.parse(operation, item[method]);
  const pointer = `/paths/${escapePointer(path)}/${method}`;
  const names = read.parameters.flatMap((parameter) => {
    const query = v.safeParse(v.object({ in: v.literal("query"), name: v.string() }), parameter);
    return query.success ? [query.output.name] : [];
  });
  return {
    id: read.operationId,
    seenAs: read["x-function"] ?? read.operationId,
    ofTable: read["x-function"] !== undefined,
    method: method.toUpperCase(),
    path,
    signedIn: read.security === undefined,
    hasBody: read.requestBody !== undefined,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    pointer,
    queryNames: new Set(names),
    responses: new Map(
      Object.entries(read.responses)
        // That of the host.
        .filter(([status]) => status !== "default")
        .map(([status, value]) => [status, readResponse(value, `${pointer}/responses/${status}`)]),
    ),
  };
}

function readResponse(
  value: v.InferOutput<typeof reference> | v.InferOutput<typeof response>,
  at: string,
): ContractResponse {
  const name = "$ref" in value ? String(value["$ref"]).split("/").at(-1) : undefined;
  const found = name === undefined ? v.parse(response, value) : contract.components.responses[name];
  if (found === undefined) throw new Error(`The contract has no response ${name}.`);
  return {
    pointer: name === undefined ? at : `/components/responses/${name}`,
    headers: new Map(
      Object.entries(found.headers).map(([headerName, described]) => [
        headerName,
        "$ref" in described
          ? v.parse(
              header,
              contract.components.headers[String(described["$ref"]).split("/").at(-1) ?? ""],
            )
          : v.parse(header, described),
      ]),
    ),
    content: found.content,
    isBodyOptional: found["x-body-optional"] === true,
  };
}

function escapePointer(text: string): string {
  return text.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Closes every object, so that an answer has no member that the contract lacks. Clients read it as open. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "items" || name === "schema") return [name, close(member)];
      if (name !== "properties") return [name, closed(member)];
      const properties = Object.entries(Object(member));
      return [name, Object.fromEntries(properties.map(([key, schema]) => [key, close(schema)]))];
    }),
  );
}

/** Closes a schema around all of its parts. It says nothing about values that are no objects. */
function close(schema: unknown): object {
  return { allOf: [closed(schema)], unevaluatedProperties: false };
}

const strictNames = { strict: false, allErrors: true } as const;
const answers = new Ajv2020(strictNames);
const requests = new Ajv2020(strictNames);
for (const [ajv, document] of [
  [answers, closed(contract)],
  [requests, contract],
] as const) {
  addFormats.default(ajv);
  ajv.addSchema({ ...Object(document), $id: "contract" });
}

const validators = new Map<string, ValidateFunction>();

/** Returns what is wrong with a value, by the schema at a pointer into the contract. */
function faultsAt(ajv: Ajv2020, pointer: string, value: unknown): string[] {
  const key = `${ajv === answers ? "answer" : "request"} ${pointer}`;
  const validate =
    validators.get(key) ??
    ajv.compile({ $ref: `contract#${pointer.split("/").map(encodeURIComponent).join("/")}` });
  validators.set(key, validate);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath || "the body"} ${message} ${JSON.stringify(params)}`,
      );
}

function operationOf({ method, path }: Exchange): ContractOperation | undefined {
  const [pathname = ""] = path.split("?");
  return all.find((one) => one.method === method && one.pattern.test(pathname));
}

/** The headers of HTTP itself and of the host. Those of the contract are of the app. */
const transport =
  /^(?:connection|content-length|content-type|date|keep-alive|server|transfer-encoding|vary|access-control-allow-.+)$/;

/** The headers of every answer of the app. */
const everyAnswer: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "access-control-expose-headers": "ETag, Link, Location, Retry-After, WWW-Authenticate",
};

/** Returns whether the host answered by itself: it did not understand the request, or has no such route. */
function isOfHost({ headers, text }: Exchange): boolean {
  return text === "" && headers.get("x-content-type-options") === null;
}

/** Returns what the contract does not allow in an exchange, each with the operation's name. */
export function faultsOf(exchange: Exchange): string[] {
  const found = operationOf(exchange);
  if (found === undefined) return [];
  if (isOfHost(exchange)) {
    const { description } = contract.components.responses["HostAnswer"] ?? {};
    return String(description).includes(`${exchange.status}`)
      ? []
      : [`${found.id} ${exchange.status}: the contract has no such answer of the host`];
  }
  const { status, headers, text } = exchange;
  const described = found.responses.get(String(status));
  const faults: string[] = [];
  const say = (fault: string): number => faults.push(`${found.id} ${status}: ${fault}`);
  if (described === undefined) {
    say(`the contract has no such answer: ${text.slice(0, 300)}`);
    return faults;
  }
  for (const [name, value] of Object.entries(everyAnswer)) {
    if (headers.get(name) !== value) say(`${name} is ${headers.get(name)}`);
  }
  const known = new Map([...described.headers].map(([name, one]) => [name.toLowerCase(), one]));
  for (const name of headers.keys()) {
    if (!transport.test(name) && !(name in everyAnswer) && !known.has(name)) {
      say(`the contract has no header ${name}`);
    }
  }
  for (const [name, { required }] of known) {
    const value = headers.get(name);
    if (value === null && required) say(`the header ${name} is missing`);
  }
  const mediaType = (headers.get("content-type") ?? "").split(";")[0] ?? "";
  const isEmpty = described.isBodyOptional || Object.keys(described.content).length === 0;
  if (text === "" && isEmpty) {
    if (mediaType !== "") say(`Content-Type is ${mediaType}, without a body`);
  } else if (!(mediaType in described.content)) {
    say(`the contract has no body of type ${mediaType}`);
  } else if (mediaType.endsWith("json")) {
    const pointer = `${described.pointer}/content/${escapePointer(mediaType)}/schema`;
    for (const fault of faultsAt(answers, pointer, parseJson(text))) say(fault);
  }
  if (status < 300) for (const fault of requestFaults(found, exchange)) say(fault);
  return faults;
}

/** Returns what the contract forbids in a request that the app accepted. */
function requestFaults(
  { hasBody, pointer, queryNames }: ContractOperation,
  { path, requestBody }: Exchange,
): string[] {
  const query = new URLSearchParams(path.split("?")[1]);
  const unknown = [...query.keys()].filter((name) => name.startsWith("$") && !queryNames.has(name));
  const body = `${pointer}/requestBody/content/application~1json/schema`;
  return [
    ...unknown.map((name) => `the contract has no query option ${name}`),
    ...(hasBody
      ? faultsAt(requests, body, parseJson(requestBody ?? "")).map(
          (fault) => `the contract forbids the request: ${fault}`,
        )
      : []),
  ];
}

/** Returns the names of everything in the contract that an exchange shows. */
export function namesIn(exchange: Exchange): string[] {
  const found = operationOf(exchange);
  const described = found?.responses.get(String(exchange.status));
  if (found === undefined || described === undefined || isOfHost(exchange)) return [];
  const answer = `${found.seenAs} ${exchange.status}`;
  const mediaType = exchange.headers.get("content-type")?.split(";")[0] ?? "";
  return [
    answer,
    ...[...described.headers.keys()]
      .filter((name) => exchange.headers.has(name))
      .map((name) => `${answer} header ${name}`),
    ...(hasOwnMembers(found, mediaType) ? membersOf(parseJson(exchange.text)) : []).map(
      (member) => `${answer} ${member}`,
    ),
  ];
}

/** Returns whether a body has the members of its operation. A row has those of its table, which its schema describes. */
function hasOwnMembers({ ofTable }: ContractOperation, mediaType: string): boolean {
  return !ofTable || mediaType === "application/problem+json";
}

/** Returns the paths of all members of a value, and the values of `type`. */
function membersOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, path));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    `${path}/${name}`,
    ...(name === "type" ? [String(member)] : []),
    ...membersOf(member, `${path}/${name}`),
  ]);
}

/** Returns the names of everything in the contract: operations, answers, headers, members and problem types. */
export function allNames(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const one of all) {
    for (const [status, { headers, content }] of one.responses) {
      const answer = `${one.seenAs} ${status}`;
      names.add(answer);
      for (const name of headers.keys()) names.add(`${answer} header ${name}`);
      for (const [mediaType, body] of Object.entries(content)) {
        if (!mediaType.endsWith("json") || !hasOwnMembers(one, mediaType)) continue;
        for (const member of schemaMembers(Object(body).schema)) names.add(`${answer} ${member}`);
      }
    }
  }
  return names;
}

/** Returns the paths of all members of a schema. Of `type` it returns the values that the innermost schema lists. */
function schemaMembers(schema: unknown, path = ""): string[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [], items, properties = {} } = Object(schema);
  if (typeof $ref === "string") return schemaMembers(at($ref), path);
  const parts = [...allOf, ...anyOf, ...oneOf, ...(items === undefined ? [] : [items])];
  const types: unknown[] = allOf.flatMap(
    (part: unknown) => Object(part).properties?.type?.enum ?? [],
  );
  return [
    ...parts.flatMap((part) => schemaMembers(part, path)),
    ...types.map(String),
    ...Object.entries(properties).flatMap(([name, member]) => [
      `${path}/${name}`,
      ...schemaMembers(member, `${path}/${name}`),
    ]),
  ];
}

function at($ref: string): unknown {
  let found: unknown = contract;
  for (const part of $ref.slice(2).split("/")) found = Object(found)[part];
  return found;
}

/** The names of all problem types. */
export function problemTypes(): readonly string[] {
  return Object(at("#/components/schemas/Problem")).properties.type.enum;
}

/** Returns the names of the headers that pages of other origins have to read. */
export function headersForPages(): ReadonlySet<string> {
  const names = all.flatMap(({ responses }) =>
    [...responses.values()].flatMap(({ headers }) => [...headers.keys()]),
  );
  // The browser itself obeys these.
  return new Set(
    names.filter((name) => !["Content-Security-Policy", "Referrer-Policy"].includes(name)),
  );
}
