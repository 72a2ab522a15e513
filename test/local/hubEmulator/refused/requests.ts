import { presentInstallation, refused } from "./badRequest.ts";

const format = "servicebusnotification-format";
const apple = { [format]: "apple" };
const toHandle = "/messages?direct=true";
const large = "x".repeat(64 * 1_024 + 1);

function tags(count: number, operator: string): string {
  return Array.from({ length: count }, (_, i) => `t${i}`).join(operator);
}

export const addresses = refused({ status: 404, path: "" }, [
  { what: "an unknown resource", status: 404, path: "/nothing" },
  { what: "the hub itself", status: 404, path: "" },
  { what: "a path with a broken encoding", status: 400, path: "/registrations/%E0%A4%A" },
  { what: "an unknown registration", status: 404, path: "/registrations/3-3-3" },
  {
    what: "deleting an unknown registration",
    status: 404,
    method: "DELETE",
    path: "/registrations/3-3-3",
  },
  {
    what: "an unknown installation",
    status: 404,
    path: "/installations/x",
    // The service of today does not say what is missing.
    detail: "<Detail>.TrackingId:",
  },
  { what: "an unknown notification", status: 404, path: "/messages/x" },
  { what: "an unsupported method", status: 405, method: "PATCH", path: "/registrations" },
  {
    what: "a POST to an installation",
    status: 405,
    method: "POST",
    path: "/installations/x",
    body: "{}",
  },
  { what: "a job", status: 501, method: "POST", path: "/jobs", body: "<x/>" },
  {
    what: "a scheduled send",
    status: 501,
    method: "POST",
    path: "/schedulednotifications",
    body: "{}",
  },
  { what: "a batch send", status: 501, method: "POST", path: "/messages/$batch", body: "{}" },
]);

const send = { status: 400, method: "POST", path: "/messages", headers: apple, body: "{}" };

export const expressions = refused(
  send,
  [
    "a||",
    "||a",
    "a b",
    "a&b",
    "a|b",
    "(a",
    "a)",
    "()",
    "!",
    "a!b",
    "a&&||b",
    "a,b",
    "$UserId:{a",
    "t".repeat(121),
    `${"(".repeat(2_000)}a${")".repeat(2_000)}`,
    tags(21, "||"),
    tags(7, "&&"),
    `${tags(6, "||")}&&b`,
    `!(${tags(7, "||")})`,
  ].map((expression) => ({
    what: `the tag expression ${expression.slice(0, 40)}`,
    headers: { ...apple, "servicebusnotification-tags": expression },
  })),
);

export const sends = refused(send, [
  { what: "no format", headers: {} },
  { what: "an unknown format", headers: { [format]: "nokia" } },
  {
    what: "a format named __proto__",
    headers: { [format]: "__proto__" },
  },
  { what: "no body", body: "" },
  { what: "no handle", path: toHandle },
  {
    what: "a template sent to a handle",
    path: toHandle,
    headers: {
      [format]: "template",
      "servicebusnotification-devicehandle": "A",
    },
  },
  {
    what: "an incomplete browser handle",
    path: toHandle,
    headers: {
      [format]: "browser",
      "servicebusnotification-devicehandle": "e",
      auth: "a",
    },
  },
  {
    what: "template properties that are not JSON",
    headers: { [format]: "template" },
    body: "a=b",
  },
  {
    what: "template properties in an array",
    headers: { [format]: "template" },
    body: "[]",
  },
  {
    what: "a template property that is an object",
    headers: { [format]: "template" },
    body: `{"a":{}}`,
  },
]);

export const oversize = refused({ status: 413, path: "", body: large }, [
  { what: "a large registration", method: "POST", path: "/registrations" },
  { what: "a large installation", method: "PUT", path: "/installations/i2" },
  {
    what: "a large patch",
    method: "PATCH",
    path: `/installations/${presentInstallation}`,
  },
  {
    what: "a large notification",
    method: "POST",
    path: "/messages",
    headers: apple,
  },
]);
