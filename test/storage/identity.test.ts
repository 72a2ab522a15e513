import { createServer } from "node:http";
import { afterAll, expect, test } from "vitest";
import { listen } from "../../local/listen.ts";
import { insert, send, signIn } from "../support/client.ts";
import { useTestStack } from "../support/testStack.ts";

/** App Service's token endpoint, as it responds if the app does not have the identity. */
const noSuchIdentity = createServer((_, response) => {
  response.writeHead(400, { "content-type": "application/json" });
  response.end('{"statusCode":400,"message":"No User Assigned identity found: a-secret"}');
});
afterAll(() => {
  noSuchIdentity.close();
});

const stack = useTestStack(async () => ({
  AzureWebJobsStorage: undefined,
  AzureWebJobsStorage__accountName: "nobodysaccount",
  AzureWebJobsStorage__credential: "managedidentity",
  AzureWebJobsStorage__clientId: "00000000-0000-0000-0000-000000000000",
  IDENTITY_ENDPOINT: `${await listen(noSuchIdentity, 0)}/msi/token`,
  IDENTITY_HEADER: "a-secret",
}));

test("the log reports in one sentence that the identity in the settings is missing", async () => {
  expect(await send(stack(), "GET", "/api/health")).toMatchObject({ status: 200 });

  const answer = await insert(stack(), await signIn(stack(), "alice"), { text: "x" });

  expect(answer.status).toBe(502);
  expect(answer.text).not.toContain("identity");
  expect(stack().log()).toContain("No managed identity is available for the storage account: ");
  expect(stack().log()).not.toContain("a-secret");
});
