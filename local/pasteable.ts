import type { StackAddresses } from "./stack.ts";

/** Says where everything is, with commands to paste into a shell that do the main job. */
export function pasteable({ functions, issuer, hub, storage }: StackAddresses): string {
  const places = [
    ["Functions", functions ?? "not started: run npm run host, or func start"],
    ["Hub", `${hub.url} (name: ${hub.name})`],
    ["", hub.connectionString],
    ["Issuer", issuer],
    ["Storage", storage],
  ].map(([name = "", place = ""]) => `  ${name.padEnd(10)} ${place}`);
  const app = functions ?? "http://127.0.0.1:7071";
  const deviceToken = "0123456789ABCDEF".repeat(4);
  return `
The cloud is up. Ctrl-C stops all of it.

${places.join("\n")}

Get a token, register an iPhone, insert an item, and show what arrived:

TOKEN=$(curl -s ${issuer}/token -d grant_type=password -d username=alice | node -p 'JSON.parse(fs.readFileSync(0)).access_token')

curl -s ${app}/api/register_notifications -H "Authorization: Bearer $TOKEN" -H 'X-ZUMO-INSTALLATION-ID: alices-iphone' -H 'Content-Type: application/json' -d '{"platform":"ios","deviceToken":"${deviceToken}"}'

curl -s ${app}/tables/TodoItem -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"text":"Buy milk"}'

curl -s ${hub.url}/_emulator/deliveries
`;
}
