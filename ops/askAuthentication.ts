import { execFile } from "node:child_process";
import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { promisify } from "node:util";

/**
 * What azd up asks before it provisions for the first time: who signs users in. The answers go into azd's
 * environment, which main.bicepparam reads; azd gives them to this program the next time.
 */
const questions: Readonly<Record<string, readonly (readonly [variable: string, what: string])[]>> =
  {
    facebook: [
      ["FACEBOOK_APP_ID", "The app's id at Facebook"],
      ["FACEBOOK_APP_SECRET", "The app's secret at Facebook"],
    ],
    google: [
      ["GOOGLE_CLIENT_ID", "The client id at Google"],
      ["GOOGLE_CLIENT_SECRET", "The client secret at Google"],
    ],
    entra: [
      ["ENTRA_CLIENT_ID", "The application's id in Entra"],
      ["ENTRA_TENANT_ID", "The tenant's id"],
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
        `Does App Service Authentication sign users in? (${names.join(", ")}) [no] `,
      );
      choice = names.find((name) => name === (said.trim().toLowerCase() || "no"));
    }
    for (const [variable, what] of questions[choice] ?? []) {
      await keep(variable, (await lines.question(`${what}: `)).trim());
    }
    await keep("APP_SERVICE_AUTHENTICATION", choice);
    if (choice === "no") {
      stdout.write(
        "Then the app verifies tokens itself, and needs an issuer, such as:\n" +
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
  stdout.write("Nobody to ask: App Service Authentication stays off.\n");
}
