import { expect, test } from "vitest";
import { readToken } from "../../../src/auth/tokens/readToken.ts";

test("a token is read if it is as long as all headers of a request may be, and no longer", () => {
  const tokenOf = (length: number) => {
    const header = Buffer.from('{"alg":"RS256"}').toString("base64url");
    const payload = Buffer.from('{"iss":"i","aud":"a","exp":1}').toString("base64url");
    const start = `${header}.${payload}.`;
    return start + "A".repeat(length - start.length);
  };
  expect(readToken(tokenOf(32_768))).toMatchObject({ kind: "token" });
  expect(readToken(tokenOf(32_769))).toEqual({
    kind: "fault",
    reason: "The token is larger than 32 KiB.",
  });
});
