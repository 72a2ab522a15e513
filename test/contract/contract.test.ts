import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allNames, type Exchange, faultsOf, namesIn, problemTypes } from "./contract.ts";
import { note, unseen } from "./seen.ts";

// The tests of the check itself: what differs from the contract is found, and named with its operation.

const headers = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "access-control-expose-headers": "ETag, Link, Location, Retry-After, WWW-Authenticate",
};
const item = {
  id: "milk",
  text: "Buy milk",
  complete: false,
  createdAt: "2026-11-25T04:28:12.062Z",
  updatedAt: "2026-11-25T04:28:12.062Z",
  version: "v",
};

function exchange(changes: {
  readonly status?: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: object;
  readonly path?: string;
}): Exchange {
  const { status = 201, body = item, request = { text: "Buy milk" } } = changes;
  const { path = "/tables/TodoItem" } = changes;
  return {
    method: "POST",
    path,
    requestBody: JSON.stringify(request),
    status,
    headers: new Headers({
      ...headers,
      "content-type": "application/json; charset=utf-8",
      etag: '"v"',
      location: "/tables/TodoItem/milk",
      ...changes.headers,
    }),
    text: JSON.stringify(body),
  };
}

test("an answer that is as the contract says has no fault", () => {
  expect(faultsOf(exchange({}))).toEqual([]);
});

test("an answer of the host is one that the contract lists", () => {
  const ofHost = (status: number): Exchange => {
    return { ...exchange({ status }), headers: new Headers(), text: "" };
  };
  for (const status of [400, 401, 404, 414, 429, 431, 500, 502, 503, 504]) {
    expect(faultsOf(ofHost(status))).toEqual([]);
  }
  expect(faultsOf(ofHost(418))).toEqual([
    "insertTodoItem 418: the contract has no such answer of the host",
  ]);
});

const { version: _, ...withoutVersion } = item;

test.each([
  ["another status", exchange({ status: 418 }), "no such answer"],
  ["a missing member", exchange({ body: withoutVersion }), "version"],
  ["a further member", exchange({ body: { ...item, owner: "x" } }), "owner"],
  ["a member of another type", exchange({ body: { ...item, complete: "no" } }), "/complete"],
  ["a further header", exchange({ headers: { "x-more": "1" } }), "no header x-more"],
  ["another media type", exchange({ headers: { "content-type": "text/plain" } }), "text/plain"],
  ["a cached answer", exchange({ headers: { "cache-control": "public" } }), "cache-control"],
  ["a request that the contract forbids", exchange({ request: { text: 7 } }), "/text"],
  [
    "another problem type",
    exchange({
      status: 409,
      headers: { "content-type": "application/problem+json" },
      body: {
        type: "urn:problem-type:notify-users:item-not-found",
        title: "",
        status: 409,
        detail: "",
        error: "",
      },
    }),
    "/type",
  ],
])("%s fails, with the operation's name", (_name, one, said) => {
  const faults = faultsOf(one).join("\n");
  expect(faults).toContain(`insertTodoItem ${one.status}: `);
  expect(faults).toContain(said);
});

test("a missing header fails", () => {
  const one = exchange({});
  one.headers.delete("location");
  expect(faultsOf(one)).toEqual(["insertTodoItem 201: the header location is missing"]);
});

test("what no test has seen is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seen-"));
  // Of a table, an answer is seen for all tables, and the members of its rows are held against its schema.
  note(folder, ["insertRow 201", "insertRow 201 header ETag"]);
  const missing = unseen(folder);
  expect(missing).toContain("insertRow 201 header Location");
  expect(missing).toContain("listDevices 200 /devices/topics");
  expect(missing).toContain(
    "registerNotifications 400 urn:problem-type:notify-users:unknown-client",
  );
  expect(missing).not.toContain("insertRow 201");
  expect(missing).toHaveLength(allNames().size - 2);
  expect(namesIn(exchange({}))).toEqual([
    "insertRow 201",
    "insertRow 201 header ETag",
    "insertRow 201 header Location",
  ]);
  await rm(folder, { recursive: true });
});

test("docs/errors.md explains every problem type, and no other", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
  const explained = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual(problemTypes().map((type) => type.split(":").at(-1)));
});
