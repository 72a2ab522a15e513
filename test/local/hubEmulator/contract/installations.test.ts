import { randomUUID } from "node:crypto";
import { describe, expect } from "vitest";
import { until } from "../../../support/until.ts";
import { newTag } from "../hubClient.ts";
import { platformsUnderTest } from "../kinds.ts";
import { collect, operation, statusOf, useContractClient } from "./contract.ts";

const contract = useContractClient();

describe.each(platformsUnderTest())("an installation on $platform", ({ installation }) => {
  operation("is stored, patched, and deleted", async () => {
    const id = randomUUID();
    contract().removeLater("installation", id);
    const tag = newTag();
    const userId = `user-${randomUUID()}`;
    const wanted = {
      ...installation(id),
      userId,
      tags: [tag],
      pushVariables: { name: "value" },
      templates: { first: { body: `{"m":"$(m)"}`, headers: {}, tags: ["inTemplate"] } },
    };
    await contract().client.createOrUpdateInstallation(wanted);
    await contract().client.createOrUpdateInstallation(wanted);
    await until("the installation", async () => {
      return (await statusOf(contract().client.getInstallation(id))) === undefined;
    });
    expect(await contract().client.getInstallation(id)).toMatchObject({
      ...wanted,
      pushChannelExpired: false,
      expirationTime: expect.stringContaining("9999-12-31T23:59:59.999"),
      templates: { first: { body: `{"m":"$(m)"}`, tags: ["inTemplate", "first"] } },
    });

    const registrations = () =>
      collect(contract().client.listRegistrationsByTag(`$InstallationId:{${id}}`));
    await until("its registrations", async () => (await registrations()).length === 2);
    const [native, template] = (await registrations()).sort(
      (a, b) => a.kind.length - b.kind.length,
    );
    expect(native?.tags).toEqual([`$InstallationId:{${id}}`, `$UserId:{${userId}}`, tag]);
    expect(template?.kind).toBe(`${native?.kind}Template`);
    expect(template?.tags).toEqual([...(native?.tags ?? []), "inTemplate", "first"]);

    await contract().client.updateInstallation(id, [
      { op: "add", path: "/tags", value: "added" },
      { op: "remove", path: `/tags/${tag}` },
      { op: "replace", path: "/userId", value: "bob" },
      { op: "add", path: "/templates/second", value: `{"body":"{\\"n\\":\\"$(n)\\"}"}` },
      { op: "remove", path: "/templates/first" },
    ]);
    await until(
      "the change",
      async () => (await contract().client.getInstallation(id)).userId === "bob",
    );
    expect(await contract().client.getInstallation(id)).toMatchObject({
      userId: "bob",
      tags: ["added"],
      templates: { second: { body: `{"n":"$(n)"}` } },
    });

    await contract().client.deleteInstallation(id);
    await until(
      "the deletion",
      async () => (await statusOf(contract().client.getInstallation(id))) === 404,
    );
    await until("no registrations left", async () => (await registrations()).length === 0);
  });
});
