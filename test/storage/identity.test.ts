import { createServer } from "node:http";
import { afterAll, expect, test } from "vitest";
import { listen } from "../../local/listen.ts";
import { insert, send, signIn } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";

/** App Service's endpoint for tokens, where the app has no such identity. */
const noSuchIdentity = createServer((_, response) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end('{"statusCode":400,"message":"No User Assigned identity found: a-secret"}');
});
afterAll(() => {
  noSuchIdentity.close();
});

const stack = useTestStack(async () => ({
  AzureWebJobsStorage: "",
  AzureWebJobsStorage__accountName: "nobodysaccount",
  AzureWebJobsStorage__credential: "managedidentity",
  AzureWebJobsStorage__clientId: "00000000-0000-0000-0000-000000000000",
  IDENTITY_ENDPOINT: `${await listen(noSuchIdentity, 0)}/msi/token`,
  IDENTITY_HEADER: "a-secret",
}));

test("with identity settings and no identity at hand, the log says so in one sentence", async () => {
  expect(await send(stack(), "GET", "/api/health")).toMatchObject({ status: 200 });

  const answer = await insert(stack(), await signIn(stack(), "alice"), { text: "x" });

  expect([500, 503]).toContain(answer.status);
  expect(answer.text).not.toContain("identity");
  expect(stack().log()).toContain("No managed identity is at hand for the storage account: ");
  expect(stack().log()).not.toContain("a-secret");
});
