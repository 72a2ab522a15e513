import { expect, test } from "vitest";
import { createBulkhead } from "../../src/delivery/bulkhead.ts";
import { createCircuitBreakers } from "../../src/delivery/circuitBreaker.ts";
import { createFanOut } from "../../src/delivery/fanOut.ts";
import { newIntent } from "../../src/delivery/intent.ts";

test("a badge on Windows that fails repeats no toast, and one is sent only after its toast", async () => {
  const terms = { settings: {}, messageTables: new Set<string>() };
  const log = { info() {}, warn() {}, error() {} };
  const intent = newIntent(
    {
      audience: { kind: "everyone" },
      source: { table: "T", partition: "p", rowId: "r" },
      ...{ title: "T", text: "x", data: {}, badge: 3 },
    },
    ["wns"],
    Date.now(),
  );
  for (const failing of ["wns/badge", "wns/toast"]) {
    const sent: unknown[] = [];
    const fanOut = createFanOut(
      async (_, { headers }) => {
        sent.push(headers["X-WNS-Type"]);
        return headers["X-WNS-Type"] === failing
          ? { kind: "unavailable" }
          : { kind: "done", value: {} };
      },
      createCircuitBreakers(),
      createBulkhead(3),
      terms,
      Date.now,
    );
    const sends = await fanOut(
      intent,
      { waits: false, left: () => 5_000, admitted: () => ["wns"] },
      log,
    );
    if (failing === "wns/badge") {
      expect(sent).toEqual(["wns/toast", "wns/badge"]);
      expect(sends).toMatchObject({ sent: [{ platform: "wns", kind: "sent" }], failed: [] });
    } else {
      expect(sent).toEqual(["wns/toast"]);
      expect(sends).toMatchObject({ sent: [], failed: ["wns"] });
    }
  }
});
