import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "../../support/client.ts";
import { count } from "../../support/counts.ts";
import { startTestHost, type TestHost } from "../../support/hosts.ts";
import { type StorageProxies, startStorageProxies } from "../../support/storageProxies.ts";
import { useTestStack } from "../../support/testStack.ts";
import { type Item, query, todo } from "../../support/todoItems.ts";

/*
 * Azurite stamps a request when it arrives, not when it writes. A proxy that lets one write through at a time makes its times
 * grow as those of the service do.
 */
let proxies: StorageProxies;
const stack = useTestStack(async (storage) => {
  proxies = await startStorageProxies(storage);
  proxies.tables.oneWriteAtATime = true;
  return { AzureWebJobsStorage: proxies.connectionString };
});
let hosts: readonly TestHost[];
beforeAll(async () => {
  // Two instances, whose clocks differ by two seconds.
  const shifted = (milliseconds: number) => ({
    AzureWebJobsStorage: proxies.connectionString,
    CLOCK_SHIFT: String(milliseconds),
    NODE_OPTIONS: `--import ${import.meta.resolve("../../support/shiftedClock.ts")}`,
  });
  hosts = await Promise.all(
    [-1_000, 1_000].map((shift) => startTestHost(stack(), { settings: shifted(shift) })),
  );
});
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  await proxies.stop();
});

const library = { "zumo-api-version": "2.0.0" };

/** The query of a page of a pull, as each library writes it, and the form of its dates. */
const libraries = {
  ".NET": (last: string) => ({
    $filter: `(updatedAt ge datetimeoffset'${last.slice(0, -1).padEnd(27, "0")}+00:00')`,
    $orderby: "updatedAt",
    __includeDeleted: "true",
  }),
  JavaScript: (last: string) => ({
    $filter: `(updatedAt ge datetime'${last}')`,
    $orderby: "updatedAt",
    __includeDeleted: "true",
  }),
  Android: (last: string) => ({
    $filter: `updatedAt ge datetimeoffset'${last}'`,
    $orderby: "updatedAt asc",
    __includeDeleted: "true",
  }),
  iOS: (last: string) => ({
    $filter: `(updatedAt ge datetimeoffset'${last}')`,
    $orderby: "updatedAt asc",
    $inlinecount: "none",
    __includeDeleted: "1",
  }),
} as const;

/** A device with a copy of the items. */
function deviceOf(name: keyof typeof libraries, token: string) {
  const copy = new Map<string, unknown>();
  let last = "1970-01-01T00:00:00.000Z";
  let pages = 0;
  return {
    copy,
    async pull(): Promise<void> {
      let skip = 0;
      for (;;) {
        const host = hosts[pages++ % hosts.length]?.stack ?? stack();
        const path = query({ ...libraries[name](last), $top: "50", $skip: String(skip) });
        const answer = await todo(host, token, "GET", path, { headers: library });
        if (answer.status !== 200) throw new Error(answer.text);
        const entries: (Item & { deleted: boolean })[] = JSON.parse(answer.text);
        if (entries.length === 0) return;
        let latest = last;
        for (const { deleted, ...item } of entries) {
          if (deleted) copy.delete(item.id);
          else copy.set(item.id, item);
          if (item.updatedAt > latest) latest = item.updatedAt;
        }
        skip = latest > last ? 0 : skip + entries.length;
        last = latest;
      }
    },
  };
}

test.each(Array.from({ length: count(1, 10) }, (_, run) => run))(
  "a device of each library ends with what the server has, while others write (run %i)",
  { timeout: 600_000 },
  async (run) => {
    const token = await signIn(stack(), `alice-${run}`);
    const write = (at: number, method: string, path: string, body?: object) =>
      todo(hosts[at % hosts.length]?.stack ?? stack(), token, method, path, {
        headers: library,
        ...(body && { body }),
      });
    const ids = Array.from({ length: count(120, 1_300) }, (_, n) => `${(n * 7_919) % 10_007}`);
    for (let first = 0; first < ids.length; first += 20) {
      const some = ids.slice(first, first + 20);
      await Promise.all(some.map((id, n) => write(n, "POST", "", { id, text: "first" })));
    }
    const names = Object.keys(libraries) as (keyof typeof libraries)[];
    const devices = names.map((name) => deviceOf(name, token));
    const end = Date.now() + count(1_500, 10_000);
    let written = 0;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; Date.now() < end; n++) {
        const id = ids[Math.floor(Math.random() * ids.length)];
        const kind = (n + writer) % 3;
        const answer =
          kind === 0
            ? await write(n, "POST", "", { id: `new-${writer}-${n}`, text: "new" })
            : kind === 1
              ? await write(n, "PATCH", `/${id}`, { text: `changed ${n}` })
              : await write(n, "DELETE", `/${id}`);
        expect([200, 201, 204, 404]).toContain(answer.status);
        if (kind === 0 && n % 2 === 0) ids.push(`new-${writer}-${n}`);
        written++;
      }
    });
    const pulling = devices.map(async (device) => {
      while (Date.now() < end) await device.pull();
    });
    await Promise.all([...writers, ...pulling]);
    expect(written).toBeGreaterThan(20);
    const server = new Map<string, unknown>();
    const all = query({ $top: "9999" });
    let after = "";
    for (;;) {
      const page = await todo(hosts[0]?.stack ?? stack(), token, "GET", after || all, {
        headers: library,
      });
      for (const item of JSON.parse(page.text) as Item[]) server.set(item.id, item);
      const [, next] = /^(\S+); rel=next$/.exec(page.headers.get("link") ?? "") ?? [];
      if (next === undefined) break;
      after = next.slice(next.indexOf("?"));
    }
    for (const [index, device] of devices.entries()) {
      await device.pull();
      await device.pull();
      expect([names[index], new Map([...device.copy].sort())]).toEqual([
        names[index],
        new Map([...server].sort()),
      ]);
    }
  },
);
