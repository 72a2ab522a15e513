import { describe, expect, test } from "vitest";
import { developmentKey } from "../../local/azurite.ts";
import {
  readHubConnectionString,
  readStorageConnectionString,
} from "../../src/settings/connectionString.ts";
import { readSettings } from "../../src/settings/settings.ts";

const sound = {
  AzureWebJobsStorage:
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net",
  NotificationHub__connectionString:
    "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=secret=",
  NotificationHub__name: "hub",
  Auth__google__audience: "client-id",
};

function faultsOf(environment: Record<string, string | undefined>): string {
  try {
    readSettings(environment);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
}

test("reads valid settings", () => {
  expect(readSettings(sound)).toEqual({
    storage: {
      ...{ kind: "key", name: "a", key: "a2V5" },
      queueUrl: "https://a.queue.core.windows.net",
      tableUrl: "https://a.table.core.windows.net",
    },
    hub: { connectionString: sound.NotificationHub__connectionString, name: "hub" },
    platforms: ["wns", "apns", "fcmv1"],
    title: "New item added:",
    payload: { appleTitle: false, appleFirebase: false },
    topics: [],
    messagesPerMinute: 60,
    writesPerMinute: 120,
    writesAtOnce: 1_000,
    scansPerMinute: 300,
    retrySeconds: 15,
    signIn: {
      kind: "tokens",
      issuers: [
        {
          provider: "google",
          issuers: ["https://accounts.google.com", "accounts.google.com"],
          jwksUri: "https://www.googleapis.com/oauth2/v3/certs",
          audiences: ["client-id"],
          subjectClaim: "sub",
        },
      ],
    },
  });
});

test("reads what a product changes, and names what a platform would not take", () => {
  const settings = {
    Push__title: " Neu: ",
    Push__appleTitle: " TRUE ",
    Push__appleFirebase: "true",
    Push__appleSound: " ping.caf ",
    Push__androidChannel: " items ",
  };
  expect(readSettings({ ...sound, ...settings })).toMatchObject({
    title: "Neu:",
    payload: {
      appleTitle: true,
      appleFirebase: true,
      appleSound: "ping.caf",
      androidChannel: "items",
    },
  });
  const faults = faultsOf({
    ...sound,
    Push__title: "two\nlines",
    Push__appleTitle: "yes",
    Push__appleFirebase: "1",
    Push__appleSound: "   ",
    Push__androidChannel: "\0",
  });
  for (const name of Object.keys(settings)) expect(faults).toContain(`${name} must be`);
  expect(faultsOf({ ...sound, Push__title: "x".repeat(201) })).toContain("Push__title must be");
});

const identity = {
  ...sound,
  AzureWebJobsStorage: undefined,
  AzureWebJobsStorage__accountName: "account",
  AzureWebJobsStorage__credential: "managedidentity",
};

test("uses an identity for storage if the settings name one", () => {
  expect(readSettings(identity).storage).toEqual({ kind: "identity", accountName: "account" });
  const clientId = "01234567-89ab-cdef-0123-456789abcdef";
  expect(readSettings({ ...identity, AzureWebJobsStorage__clientId: clientId }).storage).toEqual({
    kind: "identity",
    accountName: "account",
    clientId,
  });
});

test("refuses a connection string together with an account name", () => {
  // The Functions host takes an empty text for a connection string, too.
  for (const AzureWebJobsStorage of [sound.AzureWebJobsStorage, ""]) {
    expect(faultsOf({ ...identity, AzureWebJobsStorage })).toBe(
      "The app settings are not valid: AzureWebJobsStorage and AzureWebJobsStorage__accountName " +
        "are both set. Remove one of them, also if it is empty.",
    );
  }
});

test("names every identity setting that is missing or wrong", () => {
  const faults = faultsOf({
    ...identity,
    AzureWebJobsStorage__accountName: " ",
    AzureWebJobsStorage__credential: "secret",
    AzureWebJobsStorage__clientId: "secret",
  });
  for (const name of ["accountName is missing", "credential must be", "clientId must be"]) {
    expect(faults).toContain(`AzureWebJobsStorage__${name}`);
  }
  expect(faults).not.toContain("secret");
});

test("names every missing setting, and what to set it to, in one error", () => {
  const faults = faultsOf({});
  for (const name of [
    "AzureWebJobsStorage is missing. Set it to ",
    "NotificationHub__connectionString is missing. Set it to ",
    "NotificationHub__name is missing. Set it to ",
    "Auth__NAME__audience is missing. ",
  ]) {
    expect(faults).toContain(name);
  }
});

describe("refuses a setting, without quoting it, if", () => {
  test.each([
    ["storage is not a connection string", "AzureWebJobsStorage", "secret"],
    ["storage has no key", "AzureWebJobsStorage", "AccountName=secret"],
    [
      "storage uses plain http on a remote host",
      "AzureWebJobsStorage",
      "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=secret;QueueEndpoint=http://example.com/;TableEndpoint=http://example.com/",
    ],
    [
      "storage uses plain http",
      "AzureWebJobsStorage",
      "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=secret",
    ],
    ["the hub has no key", "NotificationHub__connectionString", "Endpoint=sb://secret/"],
    [
      "the hub uses plain http on a remote host",
      "NotificationHub__connectionString",
      "Endpoint=http://example.com/;SharedAccessKeyName=n;SharedAccessKey=secret",
    ],
    ["the hub's name contains a slash", "NotificationHub__name", "../secret"],
    ["the retry delay is not a number", "Delivery__retrySeconds", "secret"],
    ["the retry delay is zero", "Delivery__retrySeconds", "0"],
    ["a platform is unknown", "Push__platforms", "wns,secret"],
    ["an issuer's member is misspelt", "Auth__google__audiance", "secret"],
    ["an audience is blank", "Auth__google__audience", " "],
    ["the issuer is a remote http URL", "Auth__google__issuer", "http://secret.example.com"],
    ["the keys are at a remote http URL", "Auth__google__jwksUri", "http://secret.example.com"],
    ["an issuer's name has a hyphen", "Auth__my-issuer__issuer", "https://secret.example.com"],
    ["an issuer's name has a dot", "Auth__my.issuer__issuer", "https://secret.example.com"],
    ["a custom issuer has no address", "Auth__mine__audience", "secret"],
    ["a tenant is not a GUID", "Auth__entra__tenantId", "common-secret"],
    ["Google has a tenant", "Auth__google__tenantId", "01234567-89ab-cdef-0123-456789abcdef"],
    ["Entra has no tenant", "Auth__entra__audience", "secret"],
    ["an entry has two spellings", "Auth__Google__audience", "secret"],
    ["two entries have the same issuer", "Auth__other__issuer", "https://accounts.google.com"],
  ])("%s", (_, name, value) => {
    const faults = faultsOf({ ...sound, Auth__other__audience: undefined, [name]: value });
    expect(faults).toMatch(/^The app settings are not valid: \w[^\n]*$/);
    expect(faults).not.toContain("secret");
  });
});

test("names two entries with the same issuer", () => {
  const faults = faultsOf({
    ...sound,
    Auth__other__issuer: "https://accounts.google.com",
    Auth__other__audience: "x",
  });
  expect(faults).toContain("Auth__other__issuer names the same issuer as Auth__google.");
});

test("accepts plain http on loopback addresses", () => {
  for (const host of ["127.0.0.1:10", "localhost:10", "[::1]:10"]) {
    const settings = {
      AzureWebJobsStorage: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint=http://${host}/a;TableEndpoint=http://${host}/a`,
      NotificationHub__connectionString: `Endpoint=http://${host}/;SharedAccessKeyName=n;SharedAccessKey=k`,
      NotificationHub__name: "hub",
      Auth__local__issuer: `http://${host}`,
      Auth__local__audience: "x",
    };
    expect(readSettings(settings).signIn).toMatchObject({ issuers: [{ provider: "local" }] });
  }
});

const local = "http://127.0.0.1:1/a";
const https = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5";
const http = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5";
const endpoints = `QueueEndpoint=${local};TableEndpoint=${local}`;

describe("a connection string of storage", () => {
  const development = {
    ...{ kind: "key", name: "devstoreaccount1", key: developmentKey },
    queueUrl: "http://127.0.0.1:10001/devstoreaccount1",
    tableUrl: "http://127.0.0.1:10002/devstoreaccount1",
  };
  test.each([
    "UseDevelopmentStorage=true",
    " usedevelopmentstorage=TRUE ;",
    "UseDevelopmentStorage=True;DevelopmentStorageProxyUri=http://127.0.0.1",
  ])("%j is Azurite", (text) => {
    expect(readStorageConnectionString(text)).toEqual(development);
  });

  const key = { kind: "key", name: "a", key: "a2V5" };
  test.each([
    [`${https};EndpointSuffix=core.windows.net`, "core.windows.net"],
    [` ${https.toLowerCase().replace("a2v5", "a2V5")} ; EndpointSuffix = core.windows.net ;;`],
    [`${https.replace("https", "HTTPS")};EndpointSuffix=core.windows.net`],
    [`${https};EndpointSuffix=core.chinacloudapi.cn`, "core.chinacloudapi.cn"],
  ])("%j is host-style", (text, suffix = "core.windows.net") => {
    expect(readStorageConnectionString(text)).toEqual({
      ...key,
      queueUrl: `https://a.queue.${suffix}`,
      tableUrl: `https://a.table.${suffix}`,
    });
  });

  test("may name its addresses, or one of them, with or without a slash at the end", () => {
    const both = { ...key, queueUrl: local, tableUrl: local };
    expect(readStorageConnectionString(`${http};${endpoints}`)).toEqual(both);
    expect(readStorageConnectionString(`${http};${endpoints.replaceAll(";", "/;")}/`)).toEqual(
      both,
    );
    const mixed = `${https};EndpointSuffix=core.windows.net;QueueEndpoint=https://q.example.com/`;
    expect(readStorageConnectionString(mixed)).toEqual({
      ...key,
      queueUrl: "https://q.example.com",
      tableUrl: "https://a.table.core.windows.net",
    });
  });

  test.each([
    "",
    "UseDevelopmentStorage=false",
    "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://example.com",
    "AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net",
    https,
    `${http};EndpointSuffix=core.windows.net`,
    `${http};QueueEndpoint=${local}`,
    `${http};QueueEndpoint=${local};TableEndpoint=http://example.com/a`,
    `${http};${endpoints};BlobEndpoint=http://example.com/a`,
    `${https.replace("a2V5", "")};EndpointSuffix=core.windows.net`,
    "BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=2021",
    `${http};QueueEndpoint=${local}?x=1;TableEndpoint=${local}`,
    `${http};QueueEndpoint=${local};TableEndpoint=http://u:p@127.0.0.1/a`,
    `${https.replace("=a;", "=evil.example/;")};EndpointSuffix=core.windows.net`,
  ])("%j is none", (text) => {
    expect(readStorageConnectionString(text)).toBeUndefined();
  });
});

test("a hub's connection string is read in any case and order, for a client that knows one", () => {
  const sound = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k=";
  for (const text of [
    sound,
    ` ${sound} ; `,
    "sharedaccesskey = k= ; SHAREDACCESSKEYNAME=n;endpoint=SB://ns.servicebus.windows.net/",
    `${sound};EntityPath=hub`,
  ]) {
    expect(readHubConnectionString(text)).toBe(sound);
  }
});

test("Entra's issuer is the one of the configured tenant, and oid identifies its users", () => {
  const tenantId = "01234567-89AB-cdef-0123-456789abcdef";
  const { signIn } = readSettings({
    ...sound,
    Auth__google__audience: undefined,
    Auth__entra__tenantId: tenantId,
    Auth__entra__audience: "api",
  });
  expect(signIn).toMatchObject({
    issuers: [
      {
        provider: "entra",
        issuers: [`https://login.microsoftonline.com/${tenantId.toLowerCase()}/v2.0`],
        subjectClaim: "oid",
        tenantId: tenantId.toLowerCase(),
      },
    ],
  });
});

test("a custom address of Entra's issuer, such as another cloud's, must name the tenant", () => {
  const tenantId = "01234567-89ab-cdef-0123-456789abcdef";
  const entra = (issuer: string) => ({
    ...sound,
    Auth__entra__tenantId: tenantId,
    Auth__entra__audience: "api",
    Auth__entra__issuer: issuer,
  });
  const issuer = `https://login.microsoftonline.us/${tenantId}/v2.0`;
  expect(readSettings(entra(issuer)).signIn).toEqual({
    kind: "tokens",
    issuers: expect.arrayContaining([
      {
        provider: "entra",
        issuers: [issuer],
        audiences: ["api"],
        subjectClaim: "oid",
        tenantId,
      },
    ]),
  });
  expect(faultsOf(entra("https://login.microsoftonline.us/common/v2.0"))).toContain(
    "Auth__entra__issuer does not name the tenant",
  );
});

test("needs no issuer if the platform authenticates, but checks the configured ones", () => {
  const platform = {
    ...sound,
    Auth__google__audience: undefined,
    WEBSITE_AUTH_ENABLED: "True",
    WEBSITE_HOSTNAME: "name.azurewebsites.net",
  };
  expect(readSettings(platform).signIn).toEqual({
    kind: "platform",
    url: "https://name.azurewebsites.net",
  });
  const local = { ...platform, WEBSITE_HOSTNAME: "127.0.0.1:7071" };
  expect(readSettings(local).signIn).toEqual({ kind: "platform", url: "http://127.0.0.1:7071" });
  expect(faultsOf({ ...platform, Auth__google__colour: "red" })).toContain("Auth__google__colour");
  for (const host of [undefined, "", "user@host", "host/path", "host?query"]) {
    const faults = faultsOf({ ...platform, WEBSITE_HOSTNAME: host });
    expect(faults).toContain("WEBSITE_HOSTNAME does not name a host.");
  }
  for (const off of ["False", "", "yes", undefined]) {
    expect(faultsOf({ ...platform, WEBSITE_AUTH_ENABLED: off })).toContain("Auth__NAME__audience");
  }
});
