import { expect, test } from "vitest";
import { createAuthenticateByToken } from "../../../src/auth/tokens/authenticateByToken.ts";

// This test does not use HTTP, because the local host drops these headers from outside.
test("ignores principal headers, with and without a token", async () => {
  const authenticate = createAuthenticateByToken(async (token) => ({
    kind: "verified",
    userId: `tests:${token}`,
  }));
  const principal = {
    "x-ms-client-principal": Buffer.from('{"userId":"mallory"}').toString("base64"),
    "x-ms-client-principal-id": "mallory",
    "x-ms-client-principal-idp": "tests",
    "x-ms-token-aad-id-token": "mallory",
  };
  expect(await authenticate(new Headers(principal))).toMatchObject({
    kind: "unauthenticated",
    problem: { status: 401, headers: { "WWW-Authenticate": "Bearer" } },
  });
  expect(await authenticate(new Headers({ ...principal, authorization: "Bearer alice" }))).toEqual({
    kind: "user",
    userId: "tests:alice",
  });
});
