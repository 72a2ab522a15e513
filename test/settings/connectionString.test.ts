import { expect, test } from "vitest";
import { deliveries, insert, iPhone, register, setFaults, signIn } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";
import { until } from "../support/until.ts";

/** Writes the names of a connection string in lower case, with blanks around its parts. */
function oddly(connectionString: string): string {
  const parts = connectionString.split(";").filter((part) => part !== "");
  return parts
    .map((part) => {
      const at = part.indexOf("=");
      return ` ${part.slice(0, at).toLowerCase()} = ${part.slice(at + 1)} `;
    })
    .join(";");
}

const stack = useTestStack(async (storage) => ({
  AzureWebJobsStorage: oddly(storage),
  Delivery__retrySeconds: "1",
}));

test("what the settings accept as a connection string of storage, every part of the app and the host reads", async () => {
  const token = await signIn(stack(), "alice");
  const phone = iPhone();
  expect((await register(stack(), token, phone)).status).toBe(200);
  await setFaults(stack(), { match: { path: "/messages" }, status: 503 });
  expect((await insert(stack(), token, { id: "odd", text: "odd" })).status).toBe(201);
  await until("sends that fail", () => stack().log().includes('"outcome":"retry","itemId":"odd"'));
  await setFaults(stack());
  expect(await deliveries(stack(), phone.handle)).toHaveLength(1);
});
