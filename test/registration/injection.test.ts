import { afterAll, beforeEach, expect, test } from "vitest";
import { deliveries, insert, iPhone, register, signIn, windowsDevice } from "../support/client.ts";
import { heldRegistrations, tagOf, tagOfInstallation } from "../support/hubState.ts";
import { startTestIssuer, type TestIssuer, testAudience } from "../support/testIssuer.ts";
import { useTestStack } from "../support/testStack.ts";

let issuer: TestIssuer;
const stack = useTestStack(async () => {
  issuer = await startTestIssuer();
  return { Auth__tests__issuer: issuer.url, Auth__tests__audience: testAudience };
});
afterAll(() => issuer.stop());

const victim = iPhone();
let victimsToken: string;
beforeEach(async () => {
  victimsToken = await signIn(stack(), "victim");
  await register(stack(), victimsToken, victim);
});

const attempts = [
  `a,${tagOf("victim")}`,
  `a, ${tagOf("victim").toUpperCase()}`,
  tagOf("victim"),
  `a||${tagOf("victim")}`,
  `(a) || !(b)`,
  "$InstallationId:{victim}",
  `$InstallationId:{${victim.installationId}}`,
  "$UserId:{local:victim}",
  "..",
  "../registrations/1",
  "%2e%2e%2fregistrations",
  "victim",
  "VICTIM",
  "local:victim",
  `'${" or '1' eq '1"}`,
  "v".repeat(200),
];

/** Checks that a new item of the victim reaches the victim's phone and no other device. */
async function expectOnlyTheVictim(): Promise<void> {
  const before = new Set((await deliveries(stack())).map(({ seq }) => seq));
  await insert(stack(), victimsToken, { text: "for the victim only" });
  const arrived = (await deliveries(stack())).filter(({ seq }) => !before.has(seq));
  expect(arrived).toMatchObject([{ handle: victim.handle }]);
}

/** Checks that all tags in the hub are digests, not text from a client or an issuer. */
async function expectOnlyDigests(): Promise<void> {
  for (const { tags } of await heldRegistrations(stack())) {
    expect(tags).toHaveLength(2);
    for (const tag of tags) expect(tag).toMatch(/^(user|installation):[0-9a-f]{64}$/);
  }
}

test.each(attempts)("treats the subject %j of a token as another user", async (subject) => {
  const answer = await register(stack(), issuer.token({ sub: subject }), windowsDevice());
  expect(answer.status).toBe(200);
  await expectOnlyTheVictim();
  await expectOnlyDigests();
});

test.each(attempts)("refuses the installation id %j or treats it as another one", async (id) => {
  const token = issuer.token({ sub: "attacker" });
  const answer = await register(stack(), token, { ...windowsDevice(), installationId: id });
  const sound = /^[A-Za-z0-9_.:-]{1,128}$/.test(id) && id !== "..";
  expect(answer.status).toBe(sound ? 200 : 400);
  await expectOnlyTheVictim();
  await expectOnlyDigests();
});

test.each(attempts)("refuses the handle %j or treats it as another device", async (handle) => {
  const token = issuer.token({ sub: "attacker" });
  const bodies = [
    { platform: "win8", channelUri: handle },
    { platform: "win8", channelUri: `https://x.notify.windows.com/${handle}` },
    { platform: "ios", deviceToken: handle },
    { platform: "android", registrationToken: handle },
  ];
  for (const body of bodies) {
    const { status } = await register(stack(), token, { installationId: "attacker", body, handle });
    expect([200, 400]).toContain(status);
  }
  await expectOnlyTheVictim();
  await expectOnlyDigests();
});

test("an attacker who knows only the installation id can only sign the device out", async () => {
  // The id is a secret of the device. A caller who knows it can take over the installation, as a new owner
  // of the device does. The victim's notifications still reach no other user.
  const token = issuer.token({ sub: "attacker" });
  const attackers = { ...windowsDevice(), installationId: victim.installationId };
  await register(stack(), token, attackers);
  await insert(stack(), victimsToken, { text: "secret" });
  expect(await deliveries(stack(), attackers.handle)).toEqual([]);
  const held = await heldRegistrations(stack());
  expect(
    held.filter(({ tags }) => tags.includes(tagOfInstallation(victim.installationId))),
  ).toMatchObject([{ handle: attackers.handle }]);
});
