import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";

// azd runs this after it deployed the app, with the developer's own Node. So it is JavaScript and imports only
// what Node has.

const usage = `node ops/awaitHealth.mjs [--url URL] [--seconds N]

Waits until a deployment works: refreshes its Key Vault references and asks /api/health, for at most N seconds
(600 by default). Then it says what works, or what is wrong and what to do. azd passes FUNCTIONS_URL,
FUNCTIONS_ID and RESOURCE_MANAGER_URL in the environment. --url overrides the first.`;

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    seconds: { type: "string", default: "600" },
    help: { type: "boolean", default: false },
  },
});
const url = (values.url ?? process.env["FUNCTIONS_URL"] ?? "").replace(/\/+$/, "");
const siteId = process.env["FUNCTIONS_ID"] ?? "";
const resourceManager = (
  process.env["RESOURCE_MANAGER_URL"] ?? "https://management.azure.com"
).replace(/\/+$/, "");
const seconds = Number(values.seconds);

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

/** A Key Vault reference that the platform could not resolve. @typedef {{ setting: string, status: string }} Unresolved */

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

/** Returns a function that calls Azure Resource Manager as the user of azd, or undefined if it cannot. */
async function createCallManager() {
  if (!siteId) return undefined;
  const token = await promisify(execFile)("azd", ["auth", "token", "--output", "json"]).then(
    ({ stdout }) => /"token"\s*:\s*"([^"]+)"/.exec(stdout)?.[1],
    () => undefined,
  );
  if (!token) return undefined;
  /** @param {"GET" | "POST"} method @param {string} path @returns {Promise<string | undefined>} the body, if it succeeded */
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
      return response.ok ? text : undefined;
    } catch {
      return undefined;
    }
  };
}

/** @param {string | undefined} body @returns {Unresolved[]} none, if the body tells nothing about references */
function unresolvedIn(body) {
  /** @type {{ value?: { name?: string, properties?: { status?: string } }[] } | undefined} */
  let listed;
  try {
    listed = JSON.parse(body ?? "{}");
  } catch {
    return [];
  }
  return (listed?.value ?? []).flatMap(({ name = "?", properties }) =>
    properties?.status === "Resolved"
      ? []
      : [{ setting: name, status: properties?.status ?? "unknown" }],
  );
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
      return "The app runs.";
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
  const callManager = await createCallManager();
  if (!callManager) {
    process.stdout.write(
      "Without azd's sign-in, Key Vault references are neither refreshed nor checked.\n",
    );
  }
  const progress = createProgress();
  progress.show("it starts");
  let lookAt = 0;
  /** @type {Unresolved[]} */
  let unresolved = [];
  /** @type {Health} */
  let health;
  for (;;) {
    if (callManager && Date.now() >= lookAt) {
      // A reference is cached for a day, also one that could not be read because its role was too new.
      await callManager("POST", "appsettings/refresh");
      unresolved = unresolvedIn(await callManager("GET", "appsettings"));
      lookAt = Date.now() + referencesEvery;
    }
    health = await askHealth(deadline);
    if (health.kind === "healthy" && callManager && unresolved.length > 0) {
      unresolved = unresolvedIn(await callManager("GET", "appsettings"));
    }
    if (health.kind === "healthy" && unresolved.length === 0) break;
    progress.show(
      health.kind === "healthy"
        ? `${unresolved.length} secrets are not there yet`
        : inShort(health),
    );
    if (Date.now() + healthEvery > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, healthEvery));
  }
  progress.end();
  if (health.kind === "healthy" && unresolved.length === 0) {
    process.stdout.write(`The app runs: version ${health.version}, ${url}\n`);
    return true;
  }
  process.stderr.write(`${url} does not work after ${seconds} s.\n`);
  for (const { setting, status } of unresolved) {
    process.stderr.write(`The Key Vault reference of ${setting} is not resolved: ${status}.\n`);
  }
  if (unresolved.length > 0) {
    process.stderr.write(
      "Check that the app's identity has the role Key Vault Secrets User on the vault. A new role can take 10\n" +
        "minutes. Then run azd deploy again, or: node ops/awaitHealth.mjs\n",
    );
  }
  process.stderr.write(`${advice(health)}\n`);
  return false;
}

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else if (!URL.canParse(url) || !(seconds > 0)) {
  process.stderr.write(
    `${URL.canParse(url) ? "--seconds must be a number above 0." : "FUNCTIONS_URL is missing. azd provision sets it."}\n\n${usage}\n`,
  );
  process.exitCode = 1;
} else if (!(await awaitHealth())) {
  process.exitCode = 1;
}
