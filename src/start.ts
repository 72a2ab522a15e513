/**
 * The oldest major version of Node that the deployed app supports. `build/bundle.ts` and the types of Node in
 * package.json name it too.
 */
const oldestNode = 22;

// The other files use parts of Node that older versions lack, so they are loaded after this check.
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  throw new Error(
    `This app needs Node 22 or 24, and this is Node ${process.versions.node}. ` +
      "In Azure, set the runtime version of the app to one of them.",
  );
}
await import("./main.ts");
