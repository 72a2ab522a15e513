import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

/** How many files are printed. */
const most = 10;

/** Prints the test files that took longest, from their imports to their last hook. They run beside each other. */
export class DearestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules
      .map((module) => {
        const { collectDuration, duration } = module.diagnostic();
        return { file: relative(process.cwd(), module.moduleId), took: collectDuration + duration };
      })
      .toSorted((one, other) => other.took - one.took);
    const all = files.reduce((sum, { took }) => sum + took, 0);
    process.stdout.write(
      `\nThe ${Math.min(most, files.length)} dearest of ${files.length} files:\n`,
    );
    for (const { file, took } of files.slice(0, most)) {
      const share = Math.round((took / all) * 100);
      process.stdout.write(
        `${(took / 1_000).toFixed(1).padStart(7)} s  ${String(share).padStart(3)} %  ${file}\n`,
      );
    }
  }
}
