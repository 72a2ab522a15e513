import { iPhone, type TestDevice } from "../support/client.ts";
import { type Bench, median } from "./figures.ts";
import { type Exchange, load } from "./load.ts";
import { withApp } from "./withApp.ts";

/** Registers devices: new ones, unchanged ones, and known ones with a new handle, against a request that does nothing. */
export const benchRegister: Bench = ({ quick, progress }) =>
  withApp(async ({ app, token }) => {
    const count = quick ? 50 : 400;
    const requestOf = ({ installationId, body }: TestDevice): Exchange => ({
      method: "POST",
      path: "/api/register_notifications",
      headers: { authorization: `Bearer ${token}`, "x-zumo-installation-id": installationId },
      body: JSON.stringify(body),
    });
    const devices = Array.from({ length: count }, iPhone);
    const deviceOf = (index: number) => devices[index] ?? iPhone();
    progress("register");
    await load(app, 5, count, () => requestOf(iPhone()), 200);
    const health = await load(app, 5, count, () => ({ method: "GET", path: "/api/health" }), 200);
    const first = await load(app, 5, count, (index) => requestOf(deviceOf(index)), 200);
    const unchanged = await load(app, 5, count, (index) => requestOf(deviceOf(index)), 200);
    const moved = await load(
      app,
      5,
      count,
      (index) => requestOf({ ...iPhone(), installationId: deviceOf(index).installationId }),
      200,
    );
    const figures: Record<string, number> = {};
    const lines = [
      ["a first registration", first],
      ["an unchanged one", unchanged],
      ["one with a new handle", moved],
    ] as const;
    return {
      figures,
      lines: lines.map(([what, round]) => {
        const ratio = round.cpu / health.cpu;
        figures[`CPU of ${what}, of a health request's`] = ratio;
        return `${what}: ${ratio.toFixed(1)} times the CPU of a health request, ${median(round.times).toFixed(1)} ms, ${round.perSecond.toFixed(0)} a second.`;
      }),
    };
  });
