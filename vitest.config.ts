import { basename, join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files whose tests wait most: what is down to be up again, an intent to be seen. The longest first. */
const waiting = ["storageFaults", "crash", "outage", "unreachable", "main", "check", "easyAuth"];

/** Starts what waits first, so that the other files run meanwhile. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = waiting.indexOf(basename(moduleId, ".test.ts"));
      return index === -1 ? waiting.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig(({ mode }) => {
  /** In milliseconds: what hangs has to end. With the counts of `npm run test:long` some tests take minutes. */
  const timeout = mode === "long" ? 600_000 : 120_000;
  return {
    test: {
      include: ["test/**/*.test.ts"],
      globalSetup: "test/support/setup.ts",
      testTimeout: timeout,
      hookTimeout: timeout,
      // The tests start many processes, most of whose time goes into compiling the same files.
      env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") },
      // The modules that most files share take longer to load than many a test to run.
      isolate: false,
      sequence: { sequencer: WaitingFirst },
      // On two cores Vitest would run one file at a time; most of a test here is waiting.
      maxWorkers: 5,
    },
  };
});
