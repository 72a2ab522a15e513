import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";

// azd runs this after it deployed the app, with the developer's own Node. So it is JavaScript and imports only
// what Node has.

const usage = `node ops/awaitHealth.mjs [--url URL] [--seconds N] [--steady N]

Waits until a deployment works: refreshes its Key Vault references and asks /api/health, for at most N seconds
(600 by default). It works if health is steady for 30 s (--steady), because instances of an earlier deployment
answer until they are replaced. Then it says what works, or what is wrong and what to do. azd passes FUNCTIONS_URL,
FUNCTIONS_ID and RESOURCE_MANAGER_URL in the environment. --url overrides the first.`;

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    seconds: { type: "string", default: "600" },
    steady: { type: "string", default: "30" },
    help: { type: "boolean", default: false },
  },
});
const url = (values.url ?? process.env["FUNCTIONS_URL"] ?? "").replace(/\/+$/, "");
const siteId = process.env["FUNCTIONS_ID"] ?? "";
const resourceManager = (
  process.env["RESOURCE_MANAGER_URL"] || "https://management.azure.com"
).replace(/\/+$/, "");
const seconds = Number(values.seconds);
const steadySeconds = Number(values.steady);

/** How often to ask for health, and how often to look at the references, in milliseconds. */
const healthEvery = 3000;
const referencesEvery = 30_000;

/**
 * What /api/health showed last.
 * @typedef {{ kind: "healthy", version: string }
 *   | { kind: "status", status: number }
 *   | { kind: "silent" }
 *   | { kind: "unreachable", code: string }} Health
 */

/**
 * What Azure Resource Manager says of the app's Key Vault references. `notAsked` is without azd's sign-in.
 * @typedef {{ kind: "notAsked" } | { kind: "resolved" } | { kind: "failed", why: string }
 *   | { kind: "unresolved", of: { setting: string, status: string }[] }} References
 */

/** @param {number} deadline a time in milliseconds @returns {Promise<Health>} */
async function askHealth(deadline) {
  // An idle app has to start first, and a request that waits for that must not use up all the time.
  const patience = Math.max(1000, Math.min(60_000, deadline - Date.now()));
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(patience) });
    const text = await response.text();
    if (response.status === 200 && text.includes('"status":"ok"')) {
      return { kind: "healthy", version: /"version":"([^"]+)"/.exec(text)?.[1] ?? "unknown" };
    }
    return { kind: "status", status: response.status };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return { kind: "silent" };
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no connection";
    return { kind: "unreachable", code };
  }
}

/** Returns a function that refreshes or reads the references as the user of azd, or undefined if it cannot. */
async function createCallManager() {
  if (!siteId) return undefined;
  const token = await promisify(execFile)("azd", ["auth", "token", "--output", "json"]).then(
    ({ stdout }) => /"token"\s*:\s*"([^"]+)"/.exec(stdout)?.[1],
    () => undefined,
  );
  if (!token) return undefined;
  /** @param {"GET" | "POST"} method @param {string} path @returns {Promise<References>} */
  return async (method, path) => {
    try {
      const response = await fetch(
        `${resourceManager}${siteId}/config/configreferences/${path}?api-version=2022-03-01`,
        {
          method,
          headers: { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(30_000),
        },
      );
      const text = await response.text();
      if (!response.ok)
        return { kind: "failed", why: `Azure Resource Manager returned ${response.status}` };
      return method === "POST" ? { kind: "resolved" } : readReferences(text);
    } catch (error) {
      return {
        kind: "failed",
        why: `Azure Resource Manager: ${error instanceof Error ? error.name : error}`,
      };
    }
  };
}

/** @param {string} body @returns {References} */
function readReferences(body) {
  /** @type {{ value?: { name?: string, properties?: { status?: string } }[] }} */
  const { value } = JSON.parse(body);
  if (!Array.isArray(value))
    return { kind: "failed", why: "Azure Resource Manager lists no references" };
  const of = value.flatMap(({ name = "?", properties }) =>
    properties?.status === "Resolved"
      ? []
      : [{ setting: name, status: properties?.status ?? "unknown" }],
  );
  return of.length === 0 ? { kind: "resolved" } : { kind: "unresolved", of };
}

/** @param {Health} health @returns {string} a few words for the progress line */
function inShort(health) {
  switch (health.kind) {
    case "healthy":
      return `version ${health.version} runs`;
    case "status":
      return `it returns ${health.status}`;
    case "silent":
      return "it does not answer";
    case "unreachable":
      return `it is unreachable, ${health.code}`;
  }
}

const portal = siteId && `\n  https://portal.azure.com/#@/resource${siteId}/logStream`;

/** What is wrong, and what to do. @param {Health} health @returns {string} */
function advice(health) {
  switch (health.kind) {
    case "healthy":
      return "The app itself answers.";
    case "status":
      if (health.status === 404) {
        return (
          "The host runs, but it has no functions: a setting is missing or wrong, or the package did not arrive.\n" +
          'The app\'s log names every wrong setting in one line, which begins with "The app settings are not valid".\n' +
          `Look at the log stream, or in Application Insights at AppTraces and AppExceptions.${portal}`
        );
      }
      if (health.status === 401 || health.status === 403) {
        return `The platform answers ${health.status} before the app does. Allow unauthenticated access, and look at the app's access restrictions.`;
      }
      return `The host fails with ${health.status}. Look at its log stream.${portal}`;
    case "silent":
      return `The app accepts connections, but does not answer. Look at its log stream, and restart it.${portal}`;
    case "unreachable":
      return `${url} is unreachable (${health.code}). Check the address, and that the app is not stopped.`;
  }
}

/** Shows what is waited for: on a terminal in one line, elsewhere every 30 seconds. */
function createProgress() {
  const began = Date.now();
  let printed = Number.NEGATIVE_INFINITY;
  return {
    /** @param {string} state */
    show(state) {
      const line = `Waiting for ${url}: ${state} (${Math.round((Date.now() - began) / 1000)} s)`;
      if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`);
      else if (Date.now() - printed >= 30_000) {
        printed = Date.now();
        process.stdout.write(`${line}\n`);
      }
    },
    end() {
      if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
    },
  };
}

/** @returns {Promise<boolean>} whether the deployment works */
async function awaitHealth() {
  const deadline = Date.now() + seconds * 1000;
  const progress = createProgress();
  progress.show("it starts");
  const callManager = await createCallManager();
  /** @type {References} */
  let references = callManager
    ? await callManager("POST", "appsettings/refresh")
    : { kind: "notAsked" };
  let lookAt = 0;
  /** @type {number | undefined} */
  let healthySince;
  /** @type {Health} */
  let health;
  for (;;) {
    if (callManager && Date.now() >= lookAt) {
      // A reference is cached for a day, also one that could not be read because its role was too new. A refresh
      // restarts the app, so there is none without need.
      if (references.kind !== "resolved")
        references = await callManager("POST", "appsettings/refresh");
      if (references.kind === "resolved") references = await callManager("GET", "appsettings");
      lookAt = Date.now() + referencesEvery;
    }
    health = await askHealth(deadline);
    healthySince = health.kind === "healthy" ? (healthySince ?? Date.now()) : undefined;
    const settled = references.kind === "resolved" || references.kind === "notAsked";
    if (
      health.kind === "healthy" &&
      settled &&
      Date.now() - (healthySince ?? 0) >= steadySeconds * 1000
    ) {
      progress.end();
      if (references.kind === "notAsked") {
        process.stdout.write(
          "Key Vault references were neither refreshed nor checked: that needs azd's sign-in.\n",
        );
      }
      process.stdout.write(`The app runs: version ${health.version}, ${url}\n`);
      return true;
    }
    progress.show(settled ? inShort(health) : "its secrets are not there yet");
    if (Date.now() + healthEvery > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, healthEvery));
  }
  progress.end();
  process.stderr.write(
    `${url} does not work after ${seconds} s.\n${adviceOn(references)}${advice(health)}\n`,
  );
  return false;
}

/** What is wrong with the references, and what to do. @param {References} references */
function adviceOn(references) {
  if (references.kind === "failed") {
    return (
      `It is unknown whether the Key Vault references are resolved. ${references.why}.\n` +
      "Sign in with azd auth login as a user who may change the app.\n"
    );
  }
  if (references.kind !== "unresolved") return "";
  return (
    references.of
      .map(
        ({ setting, status }) =>
          `The Key Vault reference of ${setting} is not resolved: ${status}.\n`,
      )
      .join("") +
    "Check that the app's identity has the role Key Vault Secrets User on the vault. A new role can take 10\n" +
    "minutes. Then run: azd hooks run postdeploy\n"
  );
}

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else if (!URL.canParse(url) || !(seconds > 0) || !(steadySeconds >= 0)) {
  process.stderr.write(
    `${URL.canParse(url) ? "--seconds must be a number above 0, and --steady a number." : "FUNCTIONS_URL is missing. azd provision sets it."}\n\n${usage}\n`,
  );
  process.exitCode = 1;
} else if (!(await awaitHealth())) {
  process.exitCode = 1;
}
