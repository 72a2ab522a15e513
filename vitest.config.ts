import { basename, join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { DearestFiles } from "./test/support/dearestFiles.ts";

/** The test files that wait most, longest first: for a service to recover, or for a delayed message. */
const waiting = [
  "azd",
  "storageFaults",
  "longOutages",
  "crash",
  "outage",
  "unreachable",
  "main",
  "check",
  "easyAuth",
  "switch",
  "why",
  "forgetMe",
  "earlierRelease",
];

/** Starts these files first, in this order, so that the others run while they wait. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = waiting.indexOf(basename(moduleId, ".test.ts"));
      return index === -1 ? waiting.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** Where a report in JSON is to be written, if anywhere. */
const report = process.env["JSON_REPORT"];

export default defineConfig(({ mode }) => {
  /** Ends a hanging test, in milliseconds. Some tests take minutes with the counts of `npm run test:long`. */
  const timeout = mode === "long" ? 600_000 : 120_000;
  return {
    test: {
      // Tests of pages need a browser, and are a run of their own: npm run test:browser.
      include: [mode === "browser" ? "test/**/browser.test.ts" : "test/**/*.test.ts"],
      exclude: ["**/node_modules/**", ...(mode === "browser" ? [] : ["test/**/browser.test.ts"])],
      globalSetup: "test/support/setup.ts",
      reporters: ["default", new DearestFiles(), ...(report === undefined ? [] : ["json"])],
      ...(report !== undefined && { outputFile: { json: report } }),
      testTimeout: timeout,
      hookTimeout: timeout,
      // The tests start many processes, which spend most of their time compiling the same files.
      env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") },
      // Loading the modules that most files share takes longer than running many of the tests.
      isolate: false,
      sequence: { sequencer: WaitingFirst },
      // On two cores Vitest would run one file at a time, but these tests mostly wait.
      maxWorkers: 5,
    },
  };
});
