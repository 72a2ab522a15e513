import { createVerifyToken, type VerifyToken } from "../../src/auth/tokens/verifyToken.ts";
import { startTestIssuer, testAudience } from "../support/testIssuer.ts";

/**
 * Measures what verifying a token costs, anew and remembered, in one run: `npm run bench:auth`.
 * RS256 with 2048 bits, whose verification is the cheapest of the accepted algorithms.
 */
const tokens = 2_000;
const rounds = 5;

const issuer = await startTestIssuer();
const made = Array.from({ length: tokens }, (_, jti) =>
  issuer.token({ jti, email: "somebody@example.com", name: "Some Body", picture: "x".repeat(100) }),
);
const accepted = {
  provider: "bench",
  issuers: [issuer.url],
  audiences: [testAudience],
  subjectClaim: "sub",
} as const;

/** Microseconds a token. */
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
  // The keys are fetched by a token that is not measured.
  await verify(issuer.token());
  const anew = await measure(verify);
  const remembered = await measure(verify);
  ratios.push(remembered / anew);
  process.stdout.write(
    `anew ${anew.toFixed(1)} µs, remembered ${remembered.toFixed(1)} µs, ` +
      `ratio ${(remembered / anew).toFixed(3)}\n`,
  );
}
await issuer.stop();

const median = ratios.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
process.stdout.write(`remembered/anew: ${median.toFixed(3)} (at most 0.1 is promised)\n`);
if (!(median <= 0.1)) process.exitCode = 1;
