import { createHash } from "node:crypto";
import { atomEntry, callHub } from "../local/hubEmulator/hubClient.ts";
import { signIn } from "../support/client.ts";
import { type Bench, median } from "./figures.ts";
import { load } from "./load.ts";
import { insertOf, withApp } from "./withApp.ts";

/**
 * The CPU time of an insert by users with 1, 100 and 10,000 devices. The hub sends to them, not the app. All inserts
 * come at the pace of the slowest sends, because a process that idles more uses more time for each request.
 */
export const benchDevices: Bench = ({ quick, progress }) =>
  withApp(async ({ cloud, app, stack }) => {
    const counts = quick ? [1, 100] : [1, 100, 10_000];
    const rounds = quick ? 3 : 7;
    const inserts = quick ? 50 : 200;
    const users = [];
    for (const count of counts) {
      progress(`devices: ${count}`);
      const name = `owner-of-${count}`;
      const tag = `user:${createHash("sha256").update(`local:${name}`).digest("hex")}`;
      for (let index = 0; index < count; index++) {
        const body = atomEntry(
          "FcmV1",
          `<Tags>${tag}</Tags><FcmV1RegistrationId>${name}-${index}</FcmV1RegistrationId>`,
        );
        const { status } = await callHub(cloud.addresses.hub, "POST", "/registrations", { body });
        if (status !== 200) throw new Error(`The hub returned ${status}.`);
      }
      users.push({ count, token: await signIn(stack, name), cpu: [] as number[] });
    }
    let pace = 0;
    for (const { token } of users) {
      const next = (index: number) => insertOf(token, index);
      const { perSecond } = await load(app, 1, 30, next, 201, cloud.settled);
      pace = Math.max(pace, 1_000 / perSecond);
    }
    for (let round = -1; round <= rounds; round++) {
      progress(`devices: round ${Math.max(round, 0)} of ${rounds}`);
      for (const { token, cpu } of users) {
        const result = await load(
          app,
          1,
          inserts,
          (index) => insertOf(token, index),
          201,
          cloud.settled,
          pace,
        );
        if (round > 0) cpu.push(result.cpu);
      }
    }
    const [one, ...more] = users;
    const figures: Record<string, number> = {};
    const lines = more.map(({ count, cpu }) => {
      const ratio = median(cpu.map((value, round) => value / (one?.cpu[round] ?? Number.NaN)));
      figures[`CPU an insert with ${count} devices, of that with 1`] = ratio;
      return `An insert with ${count} devices costs ${ratio.toFixed(2)} times the CPU of one with 1.`;
    });
    return { figures, lines };
  });
