// Never ends what it does at its end.
const { app } = require("@azure/functions");
app.http("f", { authLevel: "anonymous", handler: () => ({ body: "f" }) });
app.hook.appTerminate(() => {
  process.stderr.write("asked to end\n");
  return new Promise(() => {});
});
process.on("exit", () => process.stderr.write("ended\n"));
