import * as v from "valibot";
import { afterAll, beforeAll, expect } from "vitest";
import { deliveries, insert, iPhone, register, send, signIn, type TestDevice } from "./client.ts";
import { startTestHost, type TestHost } from "./hosts.ts";
import { useTestStack } from "./testStack.ts";
import { until } from "./until.ts";

/** The platform's own token and its user, as the client libraries read them. */
export const session = v.strictObject({
  authenticationToken: v.string(),
  user: v.strictObject({ userId: v.pipe(v.string(), v.startsWith("sid:")) }),
});

/**
 * Starts a host with App Service Authentication and a host without it. They share a stack's storage and hub,
 * like a single host that restarts with the other setting.
 */
export function usePlatform() {
  const stack = useTestStack(async () => ({}), false);
  let hosts: readonly [TestHost, TestHost] | undefined;
  beforeAll(async () => {
    hosts = await Promise.all([
      startTestHost(stack(), { easyAuth: { sessionSeconds: 3_600 } }),
      startTestHost(stack()),
    ]);
  });
  afterAll(async () => {
    for (const host of hosts ?? []) await host.stop();
  });
  const host = (index: 0 | 1) => {
    if (!hosts) throw new Error("The hosts are not running. Use them only inside a test.");
    return hosts[index];
  };
  const platform = () => host(0);
  const byToken = () => host(1);

  /** Exchanges a provider's token for the platform's own, as the client libraries do. */
  async function exchange(path: string, username: string, member = "access_token") {
    const body = { [member]: await signIn(stack(), username) };
    return send(platform().stack, "POST", path, { body });
  }

  async function sessionOf(username: string, provider = "facebook"): Promise<string> {
    const { body } = await exchange(`/.auth/login/${provider}`, username);
    return v.parse(session, body).authenticationToken;
  }

  /** Returns the response that a browser gets, without following a redirect. */
  async function visit(address: string, cookie = "") {
    const response = await fetch(new URL(address, platform().stack.addresses.functions), {
      redirect: "manual",
      headers: { cookie },
    });
    return {
      status: response.status,
      location: response.headers.get("location"),
      cookie: response.headers.get("set-cookie")?.split(";")[0],
      text: await response.text(),
    };
  }

  /**
   * Signs in like a browser: follows redirects to the issuer's page, submits its form, and follows redirects.
   *
   * @param person the input or the button that the user adds to the page's form
   * @returns every address on the way, the last address, its status and the last cookie
   */
  async function browse(address: string, person: Record<string, string>) {
    const addresses = [address];
    let cookie: string | undefined;
    let place = new URL(address, platform().stack.addresses.functions);
    for (;;) {
      const answer = await visit(place.href, cookie);
      cookie = answer.cookie ?? cookie;
      if (answer.location !== null) {
        addresses.push(answer.location);
        place = new URL(answer.location, place);
      } else if (place.pathname === "/authorize" && answer.status === 200) {
        const hidden = answer.text.matchAll(/type="hidden" name="(.*?)" value="(.*?)"/g);
        const inputs = new Map([...hidden].map(([, name = "", value = ""]) => [name, value]));
        place.search = String(new URLSearchParams([...inputs, ...Object.entries(person)]));
      } else {
        return { addresses, end: addresses.at(-1) ?? "", status: answer.status, cookie };
      }
    }
  }

  async function expectShown({ handle }: TestDevice): Promise<void> {
    await until("the notification", async () => (await deliveries(stack(), handle)).length > 0);
  }

  /** Registers a device, inserts an item and waits for its notification, with `X-ZUMO-AUTH`. */
  async function expectMainJob(token: string): Promise<void> {
    const phone = iPhone();
    const host = platform().stack;
    expect(await register(host, token, phone)).toMatchObject({ status: 200 });
    expect(await insert(host, token, { text: "Buy milk" })).toMatchObject({ status: 201 });
    await expectShown(phone);
  }

  const calls = { exchange, sessionOf, visit, browse, expectShown, expectMainJob };
  return { stack, platform, byToken, ...calls };
}

/** Reads the session from an address that must begin with `done`, as the client libraries do. */
export function tokenAt(address: string, done: string) {
  expect(address.startsWith(`${done}#token=`), address).toBe(true);
  return v.parse(session, JSON.parse(decodeURIComponent(address.slice(done.length + 7))));
}
