import { type HubAddress, type Signing, sign } from "../hubClient.ts";
import { presentInstallation, presentRegistration, refused } from "./badRequest.ts";

const registration = `/registrations/${presentRegistration}`;

function signed(signing: Signing): (hub: HubAddress) => string {
  return (hub) => sign(hub, signing);
}

/** The key of a rule that the emulator has from the start. */
const listenOnly = signed({
  keyName: "DefaultListenSharedAccessSignature",
  key: "bm90aWZ5LXVzZXJzLWxvY2FsLWxpc3Rlbi1vbmx5LWtleQ==",
});

/** A rule that the suite adds. */
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
    what: "an expiry that is no number",
    authorization: (hub) => sign(hub).replace(/se=\d+/, "se=soon"),
    detail: "MalformedToken",
  },
  {
    what: "an audience that is not validly encoded",
    authorization: signed({ audience: "http%3A%2F%2F127.0.0.1%E0%A4%A" }),
    detail: "MalformedToken",
  },
  {
    what: "an audience that is no address",
    authorization: signed({ audience: "hub" }),
    detail: "MalformedToken",
  },
  {
    what: "another key",
    authorization: signed({ key: "x" }),
    detail: "InvalidSignature",
  },
  {
    what: "an unknown rule",
    authorization: signed({ keyName: "nobody" }),
    detail: "InvalidSignature",
  },
  {
    what: "another rule's name",
    authorization: signed({ keyName: "sender" }),
    detail: "InvalidSignature",
  },
  {
    what: "a later expiry than the signed one",
    authorization: (hub) => sign(hub).replace(/se=\d+/, "se=9999999999"),
    detail: "InvalidSignature",
  },
  {
    what: "a cut signature",
    authorization: (hub) => sign(hub).replace(/sig=[^&]{6}/, "sig="),
    detail: "InvalidSignature",
  },
  {
    what: "an expired one",
    authorization: signed({ expires: 1 }),
    detail: "ExpiredToken",
  },
  {
    what: "another host's",
    authorization: signed({ audience: encodeURIComponent("https://other.example/") }),
    detail: "InvalidAudience",
  },
  {
    what: "another hub's",
    authorization: signed({ audience: encodeURIComponent("https://127.0.0.1/other") }),
    detail: "InvalidAudience",
  },
  {
    what: "a hub's whose name begins alike",
    authorization: signed({ audience: encodeURIComponent("https://127.0.0.1/notify") }),
    detail: "InvalidAudience",
  },
  {
    what: "another registration's",
    authorization: signed({
      audience: encodeURIComponent("https://127.0.0.1/notify-users/registrations/1-1-2"),
    }),
    detail: "InvalidAudience",
  },
]);

export const beyondListen = refused({ status: 403, path: "", authorization: listenOnly }, [
  { what: "listing all", path: "/registrations" },
  { what: "listing by filter", path: "/registrations?$filter=DeviceToken+eq+'A'" },
  { what: "listing by tag", path: "/tags/a/registrations" },
  { what: "sending", method: "POST", path: "/messages", body: "{}" },
  { what: "sending in batches", method: "POST", path: "/messages/$batch", body: "{}" },
  { what: "a notification's details", path: "/messages/x" },
  { what: "feedback", path: "/feedbackcontainer" },
  { what: "jobs", path: "/jobs" },
]);

export const beyondSend = refused({ status: 403, path: "", authorization: sendOnly }, [
  { what: "reading a registration", path: registration },
  { what: "deleting a registration", method: "DELETE", path: registration },
  { what: "an id", method: "POST", path: "/registrationIDs" },
  { what: "an installation", path: `/installations/${presentInstallation}` },
  { what: "listing", path: "/registrations" },
]);
