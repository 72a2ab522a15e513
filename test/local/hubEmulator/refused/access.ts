import { type HubAddress, type Signing, sign } from "../hubClient.ts";
import { presentInstallation, presentRegistration, refused } from "./badRequest.ts";

const registration = `/registrations/${presentRegistration}`;

function signed(signing: Signing): (hub: HubAddress) => string {
  return (hub) => sign(hub, signing);
}

/** Signs with the Listen rule that the emulator has by default. */
const listenOnly = signed({
  keyName: "DefaultListenSharedAccessSignature",
  key: "bm90aWZ5LXVzZXJzLWxvY2FsLWxpc3Rlbi1vbmx5LWtleQ==",
});

/** The access rule that the suite adds. */
export const sendRule = { name: "sender", key: "c2VuZGVy", rights: ["Send"] } as const;
const sendOnly = signed({ keyName: sendRule.name, key: sendRule.key });

export const signatures = refused({ status: 401, path: registration }, [
  { what: "no signature", authorization: () => undefined, detail: "MissingToken" },
  {
    what: "a bearer token",
    authorization: () => "Bearer x",
    detail: "MalformedToken",
  },
  {
    what: "a signature without fields",
    authorization: () => "SharedAccessSignature x",
    detail: "MalformedToken",
  },
  {
    what: "a signature without sr",
    authorization: (hub) => sign(hub).replace("sr=", "rs="),
    detail: "MalformedToken",
  },
  {
    what: "a signature without skn",
    authorization: (hub) => sign(hub).replace("&skn=", "&nks="),
    detail: "MalformedToken",
  },
  {
    what: "an expiry that is not a number",
    authorization: (hub) => sign(hub).replace(/se=\d+/, "se=soon"),
    detail: "MalformedToken",
  },
  {
    what: "an audience with an invalid encoding",
    authorization: signed({ audience: "http%3A%2F%2F127.0.0.1%E0%A4%A" }),
    detail: "MalformedToken",
  },
  {
    what: "an audience that is not an address",
    authorization: signed({ audience: "hub" }),
    detail: "MalformedToken",
  },
  {
    what: "a signature with another key",
    authorization: signed({ key: "x" }),
    detail: "InvalidSignature",
  },
  {
    what: "the name of an unknown rule",
    authorization: signed({ keyName: "unknown" }),
    detail: "InvalidSignature",
  },
  {
    what: "the name of another rule",
    authorization: signed({ keyName: "sender" }),
    detail: "InvalidSignature",
  },
  {
    what: "an expiry later than the signed one",
    authorization: (hub) => sign(hub).replace(/se=\d+/, "se=9999999999"),
    detail: "InvalidSignature",
  },
  {
    what: "a truncated signature",
    authorization: (hub) => sign(hub).replace(/sig=[^&]{6}/, "sig="),
    detail: "InvalidSignature",
  },
  {
    what: "an expired signature",
    authorization: signed({ expires: 1 }),
    detail: "ExpiredToken",
  },
  {
    what: "a signature for another host",
    authorization: signed({ audience: encodeURIComponent("https://other.example/") }),
    detail: "InvalidAudience",
  },
  {
    what: "a signature for another hub",
    authorization: signed({ audience: encodeURIComponent("https://127.0.0.1/other") }),
    detail: "InvalidAudience",
  },
  {
    what: "a signature for a hub with a prefix of the name",
    authorization: signed({ audience: encodeURIComponent("https://127.0.0.1/notify") }),
    detail: "InvalidAudience",
  },
  {
    what: "a signature for another registration",
    authorization: signed({
      audience: encodeURIComponent("https://127.0.0.1/notify-users/registrations/1-1-2"),
    }),
    detail: "InvalidAudience",
  },
]);

export const beyondListen = refused({ status: 403, path: "", authorization: listenOnly }, [
  { what: "listing all registrations", path: "/registrations" },
  { what: "listing registrations by filter", path: "/registrations?$filter=DeviceToken+eq+'A'" },
  { what: "listing registrations by tag", path: "/tags/a/registrations" },
  { what: "sending", method: "POST", path: "/messages", body: "{}" },
  { what: "sending in batches", method: "POST", path: "/messages/$batch", body: "{}" },
  { what: "reading a notification's details", path: "/messages/x" },
  { what: "reading feedback", path: "/feedbackcontainer" },
  { what: "reading jobs", path: "/jobs" },
]);

export const beyondSend = refused({ status: 403, path: "", authorization: sendOnly }, [
  { what: "reading a registration", path: registration },
  { what: "deleting a registration", method: "DELETE", path: registration },
  { what: "creating a registration id", method: "POST", path: "/registrationIDs" },
  { what: "reading an installation", path: `/installations/${presentInstallation}` },
  { what: "listing registrations", path: "/registrations" },
]);
