import { HttpRequest, InvocationContext } from "@azure/functions";
import { expect, test } from "vitest";
import { withProblemResponses } from "../../src/http/withProblemResponses.ts";

test.each([
  ["an error", new TypeError("of alice's token")],
  ["a string", "of alice's token"],
])(
  "%s that a handler throws becomes a 500 response and is logged without its text",
  async (_, thrown) => {
    const logged: unknown[] = [];
    const context = new InvocationContext({
      functionName: "broken",
      logHandler: (level, ...said) => logged.push(level, ...said),
    });
    const broken = withProblemResponses(async () => {
      throw thrown;
    });
    const answer = await broken(new HttpRequest({ method: "GET", url: "http://x/" }), context);
    expect(answer).toMatchObject({ status: 500 });
    expect(logged).toEqual(["error", expect.stringMatching(/^Unexpected: /)]);
    if (thrown instanceof Error) expect(logged[1]).toContain("withProblemResponses.test.ts");
    expect(JSON.stringify([answer, logged])).not.toContain("alice");
  },
);
