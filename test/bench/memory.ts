import type { Bench } from "./figures.ts";
import { load } from "./load.ts";
import { residentMemory } from "./processes.ts";
import { insertOf, withApp } from "./withApp.ts";

/** The largest old generation that V8 takes on an instance of 2 GB, which is half of the memory, in megabytes. */
const heapOf2GB = 1_024;

/** The app's resident memory over many inserts, with the heap of an instance of 2 GB. */
export const benchMemory: Bench = ({ quick, progress }) =>
  withApp(
    async ({ cloud, app, token }) => {
      const [first, last, step] = quick ? [1_000, 3_000, 500] : [20_000, 100_000, 5_000];
      let before = Number.NaN;
      for (let done = step; done <= last; done += step) {
        progress(`memory: ${done} of ${last} inserts`);
        await load(app, 20, step, (index) => insertOf(token, index), 201, cloud.settled);
        if (done === first) before = residentMemory(app.pid);
      }
      const after = residentMemory(app.pid);
      const growth = after / before;
      return {
        figures: { [`resident memory after ${last} inserts, of that after ${first}`]: growth },
        lines: [
          `Resident memory after ${last} inserts is ${growth.toFixed(3)} times that after ${first} (${(after / 1e6).toFixed(0)} against ${(before / 1e6).toFixed(0)} MB).`,
        ],
      };
    },
    { NODE_OPTIONS: `--max-old-space-size=${heapOf2GB}` },
  );
