import { createVerifyToken, type VerifyToken } from "../../src/auth/tokens/verifyToken.ts";
import { startTestIssuer, testAudience } from "../support/testIssuer.ts";

/**
 * Measures the cost of verifying a token for the first time, and again while it is remembered, in one run:
 * `npm run bench:auth`. The tokens use RS256 with 2048 bits, the cheapest accepted algorithm to verify.
 */
const tokens = 2_000;
const rounds = 5;

const issuer = await startTestIssuer();
const made = Array.from({ length: tokens }, (_, jti) =>
  issuer.token({ jti, email: "someone@example.com", name: "Some Body", picture: "x".repeat(100) }),
);
const accepted = {
  provider: "bench",
  issuers: [issuer.url],
  audiences: [testAudience],
  subjectClaim: "sub",
} as const;

/** Returns the time per token, in microseconds. */
async function measure(verify: VerifyToken): Promise<number> {
  const begin = performance.now();
  for (const token of made) {
    const { kind } = await verify(token);
    if (kind !== "verified") throw new Error(`A token of the benchmark is ${kind}.`);
  }
  return ((performance.now() - begin) * 1_000) / tokens;
}

const ratios: number[] = [];
for (let round = 0; round < rounds; round++) {
  const verify = createVerifyToken([accepted]);
  // This token is not measured. It makes the verifier fetch the keys.
  await verify(issuer.token());
  const first = await measure(verify);
  const remembered = await measure(verify);
  ratios.push(remembered / first);
  process.stdout.write(
    `first ${first.toFixed(1)} µs, remembered ${remembered.toFixed(1)} µs, ` +
      `ratio ${(remembered / first).toFixed(3)}\n`,
  );
}
await issuer.stop();

const median = ratios.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
process.stdout.write(`remembered/first: ${median.toFixed(3)} (at most 0.1)\n`);
if (!(median <= 0.1)) process.exitCode = 1;
