import { expect, test } from "vitest";
import { createSessions } from "../../../local/easyAuth/session.ts";

test("keeps the newest 10,000 sessions", () => {
  const sessions = createSessions(60);
  const open = () => {
    const principal = { provider: "facebook", claims: [] };
    const { authenticationToken } = sessions.open({ principal, providerTokens: {} });
    return { "x-zumo-auth": authenticationToken };
  };
  const [first, second] = [open(), open()];
  for (let more = 0; more < 9_999; more++) open();
  expect(sessions.find(first)).toBeUndefined();
  expect(sessions.find(second)).toBeDefined();
});
