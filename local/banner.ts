import { ports } from "./ports.ts";
import { settingsFor } from "./stack.ts";
import type { StackAddresses } from "./stackAddresses.ts";

/**
 * Returns what `npm run local` prints when all is ready: where each part is, and commands that do the main job.
 *
 * @param byPlatform whether App Service Authentication signs users in
 * @param env the environment, whose app settings the app uses instead of the stack's
 * @param portBase the first port, or 0 for free ports
 */
export function banner(
  { functions, issuer, hub, storage, deviceLab }: StackAddresses,
  byPlatform: boolean,
  env: NodeJS.ProcessEnv,
  portBase: number,
): string {
  const others = Object.keys(env).filter((name) =>
    /^(?:Auth|Push|Limits|Delivery|NotificationHub)__/.test(name),
  );
  const otherHub = env["NotificationHub__connectionString"];
  const otherStorage = env["AzureWebJobsStorage"] ?? env["AzureWebJobsStorage__accountName"];
  const [blob, queue, table] = ["Blob", "Queue", "Table"].map(
    (service) => new RegExp(`${service}Endpoint=http://127.0.0.1:(\\d+)`).exec(storage)?.[1],
  );
  const places = [
    ...(deviceLab === undefined ? [] : [`  Device Lab ${deviceLab}  (open it in a browser)`]),
    `  Functions  ${functions ?? "not started"}`,
    `  Hub        ${otherHub === undefined ? hub.url : another(endpointOf(otherHub))}`,
    `  Issuer     ${issuer}`,
    `  Storage    ${otherStorage === undefined ? `http://127.0.0.1, ports ${blob} (blobs), ${queue} (queues), ${table} (tables)` : another(endpointOf(otherStorage))}`,
    ...(others.length > 0 ? [`  Settings   from the environment: ${others.join(", ")}`] : []),
    ...(otherHub !== undefined && !isLocal(endpointOf(otherHub))
      ? ["", "WARNING: this hub is not on this machine. Inserts notify its real devices."]
      : []),
  ];
  const next =
    functions === undefined
      ? startFunctions({ issuer, hub, storage }, byPlatform, portBase)
      : commands(functions, issuer, hub.url, byPlatform, otherHub !== undefined);
  return `
The cloud runs on this machine. Ctrl-C stops it.

${places.join("\n")}

${next.join("\n")}
`;
}

function another(endpoint: string): string {
  return `${endpoint}, from the environment`;
}

/** Returns the part of a connection string that is no secret. */
function endpointOf(text: string): string {
  const [, endpoint] = /(?:^|;)(?:Endpoint|QueueEndpoint)=([^;]+)/i.exec(text) ?? [];
  const [, account] = /(?:^|;)AccountName=([^;]+)/i.exec(text) ?? [];
  return (
    endpoint ?? (account === undefined ? text.split(/[;=]/)[0] : `the account ${account}`) ?? ""
  );
}

function isLocal(endpoint: string): boolean {
  return /^\w+:\/\/(localhost|127\.|\[::1\])/.test(endpoint);
}

function startFunctions(
  addresses: StackAddresses,
  byPlatform: boolean,
  portBase: number,
): string[] {
  const port = portBase === ports.functions ? "" : ` --port ${portBase}`;
  const signIn = byPlatform ? ` --easy-auth --issuer ${addresses.issuer}` : "";
  const how = `npm run host${`${port}${signIn}` === "" ? "" : ` --${port}${signIn}`}`;
  if (portBase !== ports.functions) {
    // The example's settings name the usual ports. The environment wins over the file.
    const settings = Object.entries(settingsFor(addresses)).map(
      ([name, value]) => `${name}='${value}' \\`,
    );
    return ["Start the functions in a second terminal:", "", "npm run build", ...settings, how];
  }
  return [
    "Start the functions in a second terminal:",
    "",
    "cp local.settings.json.example local.settings.json",
    `npm run build && ${how}`,
    "",
    "or, with the Azure Functions Core Tools, npm start in place of the last line.",
  ];
}

function commands(
  functions: string,
  issuer: string,
  hubUrl: string,
  byPlatform: boolean,
  hubIsAnother: boolean,
): string[] {
  const issued = `$(curl -s ${issuer}/token/alice)`;
  const token = byPlatform
    ? [
        `AUTH=$(curl -s ${functions}/.auth/login/facebook -H $JSON -d '{"access_token":"'${issued}'"}')`,
        `AUTH="X-ZUMO-AUTH: $(node -p 'JSON.parse(process.argv[1]).authenticationToken' "$AUTH")"`,
      ]
    : [`AUTH="X-ZUMO-AUTH: ${issued}"`];
  return [
    "In a second terminal, sign alice in, register her phone, add an item, and see what arrived:",
    "",
    `URL=${functions} JSON=Content-Type:application/json`,
    ...token,
    `curl -w '\\n' $URL/api/register_notifications -H "$AUTH" -H $JSON -H X-ZUMO-INSTALLATION-ID:1 -d '{"platform":"fcmv1","registrationToken":"alices-phone"}'`,
    `curl -w '\\n' $URL/tables/TodoItem -H "$AUTH" -H $JSON -d '{"text":"Buy milk"}'`,
    hubIsAnother
      ? "# What arrived is not shown here, because the hub is not the emulator."
      : `curl ${hubUrl}/_emulator/deliveries -H Accept:text/plain`,
  ];
}
