import { execFile } from "node:child_process";
import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { promisify } from "node:util";

/**
 * The questions that `azd up` asks before it first provisions, for each choice of who signs users in. The
 * answers go into azd's environment, which main.bicepparam reads and azd passes to later runs.
 */
const questions: Readonly<Record<string, readonly (readonly [variable: string, what: string])[]>> =
  {
    facebook: [
      ["FACEBOOK_APP_ID", "Facebook app id"],
      ["FACEBOOK_APP_SECRET", "Facebook app secret"],
    ],
    google: [
      ["GOOGLE_CLIENT_ID", "Google client id"],
      ["GOOGLE_CLIENT_SECRET", "Google client secret"],
    ],
    entra: [
      ["ENTRA_CLIENT_ID", "Entra application id"],
      ["ENTRA_TENANT_ID", "Entra tenant id"],
    ],
    no: [],
  };

async function ask(): Promise<void> {
  const lines = createInterface({ input: stdin, output: stdout });
  try {
    const names = Object.keys(questions);
    let choice: string | undefined;
    while (choice === undefined) {
      const said = await lines.question(
        `Should App Service Authentication sign users in? (${names.join(", ")}) [no] `,
      );
      choice = names.find((name) => name === (said.trim().toLowerCase() || "no"));
    }
    for (const [variable, what] of questions[choice] ?? []) {
      await keep(variable, (await lines.question(`${what}: `)).trim());
    }
    await keep("APP_SERVICE_AUTHENTICATION", choice);
    if (choice === "no") {
      stdout.write(
        "The app then verifies tokens itself. Name at least one issuer, for example:\n" +
          "  azd env set AUTH_GOOGLE_AUDIENCE <your Google client id>\n",
      );
    }
  } finally {
    lines.close();
  }
}

async function keep(variable: string, value: string): Promise<void> {
  await promisify(execFile)("azd", ["env", "set", variable, value]);
}

if (process.env["APP_SERVICE_AUTHENTICATION"]) {
  stdout.write(`App Service Authentication: ${process.env["APP_SERVICE_AUTHENTICATION"]}\n`);
} else if (stdin.isTTY) {
  await ask();
} else {
  stdout.write("No terminal to ask on: App Service Authentication stays off.\n");
}
