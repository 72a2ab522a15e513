import { ports } from "./ports.ts";
import type { StackAddresses } from "./stack.ts";

/**
 * Returns a text with all addresses and with shell commands that do the main job.
 *
 * @param byPlatform whether App Service Authentication signs users in
 */
export function pasteable(
  { functions, issuer, hub, storage }: StackAddresses,
  byPlatform: boolean,
): string {
  const how = byPlatform
    ? `npm run host -- --easy-auth --issuer ${issuer}`
    : "npm run host or func start";
  const places = [
    ["Functions", functions ?? `not started; start it with ${how}`],
    ["Hub", `${hub.url} (name: ${hub.name})`],
    ["", hub.connectionString],
    ["Issuer", issuer],
    ["Storage", storage],
  ].map(([name = "", place = ""]) => `  ${name.padEnd(10)} ${place}`);
  const app = functions ?? `http://127.0.0.1:${ports.functions}`;
  const deviceToken = "0123456789ABCDEF".repeat(4);
  const member = (name: string) => `node -p 'JSON.parse(fs.readFileSync(0)).${name}'`;
  const issued = `$(curl -s ${issuer}/token -d grant_type=password -d username=alice | ${member("access_token")})`;
  const token = byPlatform
    ? `$(curl -s ${app}/.auth/login/facebook -H 'Content-Type: application/json' -d '{"access_token":"'${issued}'"}' | ${member("authenticationToken")})`
    : issued;
  // In Azure, the platform accepts only Entra tokens as bearer tokens, and not its own token.
  const header = byPlatform ? "X-ZUMO-AUTH: $TOKEN" : "Authorization: Bearer $TOKEN";
  return `
The cloud is running. Press Ctrl-C to stop all of it.

${places.join("\n")}

Get a token, register an iPhone, insert an item, and show what arrived:

TOKEN=${token}

curl -s ${app}/api/register_notifications -H "${header}" -H 'X-ZUMO-INSTALLATION-ID: alices-iphone' -H 'Content-Type: application/json' -d '{"platform":"ios","deviceToken":"${deviceToken}"}'

curl -s ${app}/tables/TodoItem -H "${header}" -H 'Content-Type: application/json' -d '{"text":"Buy milk"}'

curl -s ${hub.url}/_emulator/deliveries
`;
}
