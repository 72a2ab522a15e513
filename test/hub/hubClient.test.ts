import { afterEach, expect, test, vi } from "vitest";
import { createHubClient } from "../../src/hub/hubClient.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a signature is used for half an hour, although the clock of the machine is set back", async () => {
  const start = Date.now();
  const date = vi.spyOn(Date, "now").mockReturnValue(start);
  const monotonic = vi.spyOn(performance, "now").mockReturnValue(0);
  const client = createHubClient(
    "Endpoint=https://hub.example/;SharedAccessKeyName=n;SharedAccessKey=a2V5",
    "hub",
  );
  const signature = async () => (await client.createHeaders("Send")).get("Authorization");
  const first = await signature();
  expect(first).toMatch(/^SharedAccessSignature /);
  date.mockReturnValue(start - 3_600_000);
  monotonic.mockReturnValue(29 * 60_000);
  expect(await signature()).toBe(first);
  monotonic.mockReturnValue(30 * 60_000);
  expect(await signature()).not.toBe(first);
});
