import { spawn } from "node:child_process";

// npm start: runs the built app with the Azure Functions Core Tools.

const child = spawn("func", ["start"], { stdio: "inherit", shell: process.platform === "win32" });
child.once("error", () => {
  process.stderr.write(
    "The Azure Functions Core Tools are missing. Install them with\n" +
      "  npm install --global azure-functions-core-tools@4\n" +
      "or run the app without them: npm run host\n",
  );
  process.exitCode = 1;
});
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
