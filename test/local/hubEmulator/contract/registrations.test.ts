import type { RegistrationDescription, RegistrationQueryOptions } from "@azure/notification-hubs";
import { describe, expect } from "vitest";
import { until } from "../../../support/until.ts";
import { newDeviceToken, newTag } from "../hubClient.ts";
import { platformsUnderTest } from "../kinds.ts";
import { collect, idsOf, live, operation, statusOf, useContractClient } from "./contract.ts";

const contract = useContractClient();

const never = "9999-12-31T23:59:59.999Z";
const registrationId = /^\d+-\d+-\d+$/;

function filtered(filter: string): AsyncIterable<RegistrationDescription> {
  // The declared type of the options has no filter, but the SDK's code reads one.
  const options: RegistrationQueryOptions = { filter };
  return contract().client.listRegistrations(options);
}

const platforms = platformsUnderTest();
const kinds = platforms.flatMap(({ filter, native, template }) => [
  { kind: native.kind, filter, description: native },
  { kind: template.kind, filter, description: template },
]);

describe.each(kinds)("a registration of kind $kind", ({ description, filter }) => {
  const tag = newTag();
  const full = { ...description, tags: [tag, "second"], pushVariables: { name: "value" } };

  operation("is returned as it was created, with its id, ETag and expiry", async () => {
    const registration = await contract().createRegistration(full);
    expect(registration).toMatchObject(full);
    expect(registration.registrationId).toMatch(registrationId);
    expect(registration.etag).toBe("1");
    expect(registration.expirationTime?.toISOString()).toBe(never);
    expect(await contract().client.getRegistration(registration.registrationId)).toEqual(
      registration,
    );
  });

  operation("is created without tags", async () => {
    const registration = await contract().createRegistration({ ...description });
    expect(registration.tags).toBeUndefined();
    await contract().client.deleteRegistration(registration.registrationId);
  });

  operation("is written with a requested id, then updated by its ETag", async () => {
    const id = await contract().client.createRegistrationId();
    expect(id).toMatch(registrationId);
    contract().removeLater("registration", id);
    const first = await contract().client.createOrUpdateRegistration({
      ...full,
      registrationId: id,
    });
    expect(first).toMatchObject({ ...full, registrationId: id, etag: "1" });
    const again = await contract().client.createOrUpdateRegistration({
      ...full,
      registrationId: id,
    });
    expect(again.etag).toBe("2");
    const updated = await contract().client.updateRegistration({ ...again, tags: [tag] });
    expect(updated).toMatchObject({ registrationId: id, etag: "3", tags: [tag] });
    expect(
      await statusOf(contract().client.updateRegistration({ ...again, registrationId: id })),
    ).toBe(412);
    expect(await statusOf(contract().client.deleteRegistration(id, { etag: "1" }))).toBe(412);
    await contract().client.deleteRegistration(id, { etag: "3" });
    expect(await statusOf(contract().client.getRegistration(id))).toBe(404);
  });

  operation("is found by its tag and by its handle until it is deleted", async () => {
    const own = newTag();
    const { registrationId: id } = await contract().createRegistration({
      ...description,
      tags: [own],
    });
    const byTag = () =>
      idsOf(contract().client.listRegistrationsByTag(own.toUpperCase(), { top: 5 }));
    await until("the tag's list", async () => (await byTag()).length === 1);
    expect(await byTag()).toEqual([id]);
    expect(await idsOf(filtered(filter))).toContain(id);
    await contract().client.deleteRegistration(id);
    await until("the tag's list to be empty", async () => (await byTag()).length === 0);
    expect(await idsOf(filtered(filter))).not.toContain(id);
  });
});

describe("listing", () => {
  operation("returns every registration exactly once, page by page", async () => {
    const tag = newTag();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const deviceToken = newDeviceToken();
      const registration = await contract().createRegistration({
        kind: "Apple",
        deviceToken,
        tags: [tag],
      });
      ids.push(registration.registrationId);
    }
    await until("the tag's list", async () => {
      return (await idsOf(contract().client.listRegistrationsByTag(tag))).length === 5;
    });
    expect((await idsOf(contract().client.listRegistrationsByTag(tag, { top: 2 }))).sort()).toEqual(
      ids.sort(),
    );
    const all = await idsOf(contract().client.listRegistrations({ top: live ? 100 : 2 }));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(ids));
    const [page] = await collect(contract().client.listRegistrations({ top: 2 }).byPage());
    expect(page).toHaveLength(2);
  });

  operation("returns nothing for an unused tag", async () => {
    expect(await idsOf(contract().client.listRegistrationsByTag(newTag()))).toEqual([]);
  });

  const byChannel = platforms.filter(({ channel }) => channel !== undefined);
  for (const { platform, native, channel, listedByChannel } of byChannel) {
    operation(
      `by channel ${listedByChannel ? "finds" : "misses, because of the SDK's query,"} ${platform}`,
      async () => {
        if (channel === undefined) return;
        const { registrationId: id } = await contract().createRegistration({ ...native });
        const found = () =>
          idsOf(contract().client.listRegistrationsByChannel(channel, { top: 50 }));
        if (listedByChannel) await until("the list", async () => (await found()).includes(id));
        else expect(await found()).toEqual([]);
      },
    );
  }

  operation("by a Baidu channel is refused, because of the SDK's query", async () => {
    const channel = { kind: "baidu", baiduChannelId: "c", baiduUserId: "u" } as const;
    expect(await statusOf(collect(contract().client.listRegistrationsByChannel(channel)))).toBe(
      400,
    );
  });
});
