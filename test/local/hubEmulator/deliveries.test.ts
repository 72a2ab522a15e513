import { expect, test } from "vitest";
import { createDeliveries } from "../../../local/hubEmulator/world/deliveries.ts";

const delivery = {
  at: "2026-01-01T00:00:00.000Z",
  platform: "fcmv1",
  handle: "h",
  registrationId: null,
  headers: {},
  body: "{}",
  notificationId: "n",
} as const;

test("keeps the newest 100,000 deliveries, in order", () => {
  const deliveries = createDeliveries();
  for (let i = 0; i < 250_001; i++) deliveries.add(delivery);
  const kept = [...deliveries.after(0)];
  expect(kept).toHaveLength(100_000);
  expect(kept[0]?.seq).toBe(150_002);
  expect(kept.at(-1)?.seq).toBe(250_001);
  expect([...deliveries.after(250_000)]).toHaveLength(1);
});
