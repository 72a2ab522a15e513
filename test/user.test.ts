import { expect, test } from "vitest";
import { authenticateByPrincipal } from "../src/auth/platform/authenticateByPrincipal.ts";
import { loginProblem } from "../src/auth/platform/loginProblem.ts";
import { readNewMessage } from "../src/messages/message.ts";
import { readIssuers } from "../src/settings/issuers.ts";
import { isProvider, isUserId } from "../src/user.ts";

const names = ["google", "my-idp", "my_idp", "2fa", "a".repeat(64), "-idp", "_", "a".repeat(65)];

test.each(names)("%s is a provider's name everywhere, or nowhere", async (name) => {
  const principal = { auth_typ: name, claims: [{ typ: "sub", val: "1" }] };
  const headers = new Headers({
    "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64"),
  });
  const faults: string[] = [];
  readIssuers(
    { [`Auth__${name}__audience`]: "a", [`Auth__${name}__issuer`]: "https://issuer.example" },
    true,
    faults,
  );
  const message = { to: { user: `${name}:1` }, title: "t", text: "t" };
  expect([
    (await authenticateByPrincipal(headers)).kind === "user",
    loginProblem(name, new URLSearchParams()) === undefined,
    readNewMessage(message, { topics: [], providers: undefined }, () => []).kind === "message",
    isUserId(`${name}:1`),
    faults.length === 0,
  ]).toEqual(Array(5).fill(isProvider(name)));
});
