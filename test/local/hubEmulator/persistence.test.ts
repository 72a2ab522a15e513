import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Installation, RegistrationDescription } from "@azure/notification-hubs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";
import { count } from "../../support/counts.ts";
import { until } from "../../support/until.ts";
import { createSdkClient, type HubAddress, newDeviceToken } from "./hubClient.ts";
import { startProgram } from "./program.ts";

let directory: string;
let journal: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hub-"));
  journal = join(directory, "hub-notify-users.journal");
});

afterEach(() => rm(directory, { recursive: true }));

async function registrationsOf(hub: HubAddress): Promise<RegistrationDescription[]> {
  const registrations: RegistrationDescription[] = [];
  for await (const registration of createSdkClient(hub).listRegistrations()) {
    registrations.push(registration);
  }
  return registrations;
}

function installation(installationId: string, version: string): Installation {
  return {
    installationId,
    platform: "fcmv1",
    pushChannel: `channel-${installationId}`,
    tags: [version],
    templates: { t: { body: `{"v":"${version}"}`, headers: {} } },
  };
}

test("registrations and installations survive a restart, with their order and ETags", async () => {
  const first = await startHubEmulator({ port: 0, dataDirectory: directory });
  const client = createSdkClient(first);
  const created: RegistrationDescription[] = [];
  for (let i = 0; i < 3; i++) {
    const deviceToken = newDeviceToken();
    created.push(await client.createRegistration({ kind: "Apple", deviceToken, tags: ["a"] }));
  }
  await client.deleteRegistration(created[0]?.registrationId ?? "");
  const { registrationId = "", ...rest } = created[1] ?? { kind: "Apple", deviceToken: "" };
  await client.createOrUpdateRegistration({ ...rest, registrationId });
  await client.createOrUpdateInstallation(installation("i", "1"));
  await client.createOrUpdateInstallation(installation("gone", "1"));
  await client.deleteInstallation("gone");
  const before = [await registrationsOf(first), await client.getInstallation("i")];
  await first.stop();

  // Twice, because the first start compacts the journal.
  for (let run = 0; run < 2; run++) {
    const hub = await startHubEmulator({ port: 0, dataDirectory: directory });
    expect([await registrationsOf(hub), await createSdkClient(hub).getInstallation("i")]).toEqual(
      before,
    );
    const found: unknown[] = [];
    for await (const { etag } of createSdkClient(hub).listRegistrationsByTag("A")) found.push(etag);
    expect(found.toSorted()).toEqual(["1", "2"]);
    await expect(createSdkClient(hub).getInstallation("gone")).rejects.toMatchObject({
      statusCode: 404,
    });
    await hub.stop();
  }
});

test("hubs with different names share no data in one directory", async () => {
  const first = await startHubEmulator({ port: 0, dataDirectory: directory });
  await createSdkClient(first).createRegistration({ kind: "Apple", deviceToken: "AB" });
  await first.stop();
  const other = await startHubEmulator({ port: 0, dataDirectory: directory, hubs: ["other"] });
  expect(await registrationsOf(other)).toEqual([]);
  await other.stop();
});

test("a reset survives a restart", async () => {
  const first = await startHubEmulator({ port: 0, dataDirectory: directory });
  await createSdkClient(first).createRegistration({ kind: "Apple", deviceToken: "AB" });
  await fetch(`${first.url}/_emulator`, { method: "DELETE" });
  await first.stop();
  const second = await startHubEmulator({ port: 0, dataDirectory: directory });
  expect(await registrationsOf(second)).toEqual([]);
  await second.stop();
});

test("acknowledged changes survive a kill, and no change is stored partially", async () => {
  for (let round = 0; round < count(2, 25); round++) {
    const killed = await startProgram("--data", directory);
    const client = createSdkClient(killed);
    const answered = new Map<string, number>();
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let version = 1; ; version++) {
        await client.createOrUpdateInstallation(installation(`i${writer}`, `v${version}`));
        answered.set(`i${writer}`, version);
      }
    });
    const ends = Promise.allSettled(writers);
    await until("some writes", () => [...answered.values()].reduce((a, b) => a + b, 0) > 160);
    await killed.end("SIGKILL");
    await ends;

    const hub = await startHubEmulator({ port: 0, dataDirectory: directory });
    for (const [id, version] of answered) {
      const { tags = [], templates } = await createSdkClient(hub).getInstallation(id);
      const kept = Number(tags[0]?.slice(1));
      expect(kept).toBeGreaterThanOrEqual(version);
      expect(templates?.["t"]?.body).toBe(`{"v":"v${kept}"}`);
    }
    const registrations = await registrationsOf(hub);
    expect(registrations).toHaveLength(2 * 16);
    await fetch(`${hub.url}/_emulator`, { method: "DELETE" });
    await hub.stop();
  }
});

test("ignores an incomplete or damaged last line", async () => {
  const first = await startHubEmulator({ port: 0, dataDirectory: directory });
  const client = createSdkClient(first);
  await client.createRegistration({ kind: "Apple", deviceToken: "AB" });
  const whole = (await readFile(journal)).length;
  await client.createOrUpdateInstallation(installation("i", "1"));
  await first.stop();
  const bytes = await readFile(journal);
  const altered = Buffer.from(bytes);
  altered.write("j", bytes.indexOf("channel-i") + "channel-".length);
  const cut = [whole + 1, whole + 8, whole + 40, bytes.length - 2];
  for (const rest of [altered.subarray(0, -1), ...cut.map((length) => bytes.subarray(0, length))]) {
    await writeFile(journal, rest);
    const hub = await startHubEmulator({ port: 0, dataDirectory: directory });
    expect(await registrationsOf(hub)).toMatchObject([{ deviceToken: "AB" }]);
    await expect(createSdkClient(hub).getInstallation("i")).rejects.toMatchObject({
      statusCode: 404,
    });
    await hub.stop();
  }
});

test("refuses to start with a journal that is damaged before its end", async () => {
  const first = await startHubEmulator({ port: 0, dataDirectory: directory });
  await first.stop();
  await appendFile(journal, "nonsense\n");
  const start = startHubEmulator({ port: 0, dataDirectory: directory });
  await expect(start).rejects.toThrow("damaged at line 1");
});
