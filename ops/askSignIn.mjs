import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { promisify } from "node:util";

// `azd up` runs this first, and `azd provision` too. So it needs no dependency, and it
// is JavaScript, which the developer's own Node runs. The answers go into azd's environment, which
// main.bicepparam reads and azd passes to later runs. `--stdin` takes the answers from standard input, one a line,
// also if it is not a terminal.

/**
 * @typedef {object} Question
 * @property {string} variable
 * @property {string} what
 * @property {RegExp} [pattern]
 * @property {string} [rule] what a valid answer is
 * @property {boolean} [secret]
 */

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @type {readonly { what: string, provider?: string, questions: readonly Question[] }[]} */
const choices = [
  {
    what: "Google: the app verifies Google's tokens",
    questions: [{ variable: "AUTH_GOOGLE_AUDIENCE", what: "Google client id" }],
  },
  {
    what: "Apple: the app verifies Apple's tokens",
    questions: [{ variable: "AUTH_APPLE_AUDIENCE", what: "Bundle id" }],
  },
  {
    what: "Facebook: the app verifies tokens of Limited Login",
    questions: [{ variable: "AUTH_FACEBOOK_AUDIENCE", what: "Facebook app id" }],
  },
  {
    what: "Entra: the app verifies the tokens of one tenant",
    questions: [
      {
        variable: "AUTH_ENTRA_TENANT_ID",
        what: "Tenant id",
        pattern: guid,
        rule: "It is a GUID.",
      },
      { variable: "AUTH_ENTRA_AUDIENCE", what: "Client id of the registered app" },
    ],
  },
  {
    what: "Another OpenID Connect issuer: the app verifies its tokens",
    questions: [
      {
        variable: "AUTH_OTHER_NAME",
        what: "A name for it",
        pattern: /^[a-z0-9]+$/i,
        rule: "Use only letters and digits.",
      },
      {
        variable: "AUTH_OTHER_ISSUER",
        what: "Its address, as in its tokens",
        pattern: /^https:\/\/[^\s/]/,
        rule: "It begins with https://.",
      },
      { variable: "AUTH_OTHER_AUDIENCE", what: "The audience of its tokens" },
    ],
  },
  {
    what: "App Service Authentication with Facebook, as in the tutorial of 2013",
    provider: "facebook",
    questions: [
      { variable: "FACEBOOK_APP_ID", what: "Facebook app id" },
      { variable: "FACEBOOK_APP_SECRET", what: "Facebook app secret", secret: true },
    ],
  },
  {
    what: "App Service Authentication with Google",
    provider: "google",
    questions: [
      { variable: "GOOGLE_CLIENT_ID", what: "Google client id" },
      { variable: "GOOGLE_CLIENT_SECRET", what: "Google client secret", secret: true },
    ],
  },
  {
    what: "App Service Authentication with Entra",
    provider: "entra",
    questions: [
      { variable: "ENTRA_CLIENT_ID", what: "Client id of the registered app" },
      { variable: "ENTRA_TENANT_ID", what: "Tenant id", pattern: guid, rule: "It is a GUID." },
    ],
  },
];

/** Returns the variable that says how people sign in, if every variable of one choice is set. */
function settledBy() {
  const chosen = process.env["APP_SERVICE_AUTHENTICATION"] || "no";
  return choices
    .filter(({ provider = "no" }) => provider === chosen)
    .find(({ questions }) => questions.every(({ variable }) => process.env[variable]))?.questions[0]
    ?.variable;
}

/** Asks until there is a valid answer. @param {(text: string, secret?: boolean) => Promise<string>} ask */
async function askHowPeopleSignIn(ask) {
  stdout.write("\nHow do people sign in?\n");
  for (const [index, { what }] of choices.entries()) stdout.write(`  ${index + 1}  ${what}\n`);
  let choice;
  while (choice === undefined) {
    const answer = (await ask(`A number from 1 to ${choices.length}: `)).trim();
    if (/^\d$/.test(answer)) choice = choices[Number(answer) - 1];
  }
  /** @type {[string, string][]} */
  const answers = [];
  for (const { variable, what, pattern, rule, secret } of choice.questions) {
    let value = "";
    while (value === "") {
      const answer = (await ask(`${what}: `, secret)).trim();
      if (answer === "") stdout.write("This is needed.\n");
      else if (answer.startsWith("akvs://"))
        stdout.write("References are not resolved. Enter the value.\n");
      else if (pattern && !pattern.test(answer)) stdout.write(`${rule}\n`);
      else value = answer;
    }
    answers.push([variable, value]);
  }
  answers.push(["APP_SERVICE_AUTHENTICATION", choice.provider ?? "no"]);
  return answers;
}

/** Runs the dialogue. On a terminal, a secret is not shown. */
async function dialogue() {
  let muted = false;
  const output = new Writable({
    write(chunk, _, done) {
      if (!muted) stdout.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY });
  const answers = lines[Symbol.asyncIterator]();
  try {
    return await askHowPeopleSignIn(async (text, secret = false) => {
      lines.setPrompt(secret ? "" : text);
      if (secret) stdout.write(text);
      muted = secret;
      lines.prompt();
      const { value, done } = await answers.next();
      if (secret) stdout.write("\n");
      muted = false;
      if (done) throw new Error("The input ended before every question was answered.");
      return value;
    });
  } finally {
    lines.close();
  }
}

/** Sets all variables at once, from a file that only this user can read: arguments are visible to everybody. */
async function keep(/** @type {[string, string][]} */ answers) {
  const folder = await mkdtemp(join(tmpdir(), "notify-users-"));
  const file = join(folder, "answers.env");
  try {
    const lines = answers.map(([variable, value]) => `${variable}=${JSON.stringify(value)}\n`);
    await writeFile(file, lines.join(""), { mode: 0o600 });
    await promisify(execFile)("azd", ["env", "set", "--file", file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const settled = settledBy();
if (settled) {
  stdout.write(`How people sign in is settled by ${settled}.\n`);
} else if (!stdin.isTTY && !process.argv.includes("--stdin")) {
  process.stderr.write(
    "How people sign in is not settled, and there is no terminal to ask on. Set one, for example:\n" +
      "  azd env set AUTH_GOOGLE_AUDIENCE <your Google client id>\n" +
      "docs/operations.md lists the others.\n",
  );
  process.exitCode = 1;
} else {
  try {
    await keep(await dialogue());
  } catch (error) {
    const failed = error instanceof Error && "cmd" in error;
    const message = failed
      ? "azd env set failed."
      : String(error instanceof Error ? error.message : error);
    process.stderr.write(`\n${message}\n`);
    process.exitCode = 1;
  }
}
