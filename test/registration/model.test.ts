import fc from "fast-check";
import { expect, test } from "vitest";
import {
  androidPhone,
  iPhone,
  register,
  signIn,
  type TestDevice,
  unregister,
  windowsDevice,
} from "../support/client.ts";
import { count } from "../support/counts.ts";
import { heldRegistrations, tagOf, tagOfInstallation } from "../support/hubState.ts";
import { useTestStack } from "../support/testStack.ts";

const stack = useTestStack();

/** The possible steps. They are generated independently of the current state of the devices. */
const steps = [
  "register",
  "unregister",
  "reinstall",
  "new handle",
  "new platform",
  "swap",
] as const;

const step = fc.record({
  step: fc.constantFrom(...steps),
  user: fc.constantFrom("alice", "bob", "carol"),
  device: fc.nat({ max: 3 }),
  other: fc.nat({ max: 3 }),
});

const makers = [windowsDevice, iPhone, androidPhone];

/** A registration in the model: the user's installation and its handle. */
interface Expected {
  readonly installationId: string;
  readonly handle: string;
  readonly user: string;
}

test("the hub agrees with a simple model after any sequence of steps", async () => {
  const tokens = new Map<string, string>();
  for (const user of ["alice", "bob", "carol"]) tokens.set(user, await signIn(stack(), user));
  const tokenOf = (user: string) => tokens.get(user) ?? "";

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (sequence) => {
      await fetch(`${stack().addresses.hub.url}/_emulator`, { method: "DELETE" });
      const devices: TestDevice[] = [iPhone(), androidPhone(), windowsDevice(), windowsDevice()];
      const deviceAt = (index: number): TestDevice => devices[index] ?? iPhone();
      let model: Expected[] = [];

      for (const { step, user, device: index, other } of sequence) {
        const device = deviceAt(index);
        const { installationId, handle } = device;
        switch (step) {
          case "register":
            expect(await register(stack(), tokenOf(user), device)).toMatchObject({ status: 200 });
            model = model.filter(
              (one) => one.installationId !== installationId && one.handle !== handle,
            );
            model.push({ installationId, handle, user });
            break;
          case "unregister":
            expect(await unregister(stack(), tokenOf(user), device)).toMatchObject({ status: 204 });
            model = model.filter(
              (one) => one.installationId !== installationId || one.user !== user,
            );
            break;
          case "reinstall":
            devices[index] = { ...device, installationId: iPhone().installationId };
            break;
          case "new handle":
          case "new platform": {
            const current = makers.findIndex(
              (make) => make().body["platform"] === device.body["platform"],
            );
            const make = makers[(current + (step === "new handle" ? 0 : 1)) % 3] ?? iPhone;
            devices[index] = { ...make(), installationId };
            break;
          }
          case "swap": {
            const second = deviceAt(other);
            devices[index] = { ...second, installationId };
            devices[other] = { ...device, installationId: second.installationId };
            break;
          }
        }
      }

      const held = (await heldRegistrations(stack())).map(({ handle, tags }) => ({
        handle,
        tags: [...tags].sort(),
      }));
      const expected = model.map(({ installationId, handle, user }) => ({
        handle,
        tags: [tagOfInstallation(installationId), tagOf(user)].sort(),
      }));
      expect(sorted(held)).toEqual(sorted(expected));
    }),
    { numRuns: count(20, 300) },
  );
});

function sorted<Item extends { handle: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.handle < b.handle ? -1 : 1));
}
