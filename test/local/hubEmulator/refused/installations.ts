import { manyTags, presentInstallation, refused } from "./badRequest.ts";

function installation(members: object): string {
  const sound = { installationId: "i2", platform: "apns", pushChannel: "AB" };
  return JSON.stringify({ ...sound, ...members });
}

export const installations = refused({ status: 400, method: "PUT", path: "/installations/i2" }, [
  { what: "a body that is not JSON", body: "{" },
  { what: "null", body: "null" },
  { what: "an array", body: "[]" },
  { what: "an id other than the one in the path", body: installation({ installationId: "i3" }) },
  { what: "an unknown platform", body: installation({ platform: "nokia" }) },
  { what: "a platform named constructor", body: installation({ platform: "constructor" }) },
  { what: "no push channel", body: installation({ pushChannel: undefined }) },
  { what: "an empty push channel", body: installation({ pushChannel: "" }) },
  {
    what: "a browser's push channel on another platform",
    body: installation({ pushChannel: { endpoint: "e", p256dh: "p", auth: "a" } }),
  },
  {
    what: "an incomplete browser push channel",
    body: installation({ platform: "browser", pushChannel: { endpoint: "e" } }),
  },
  { what: "an incomplete Baidu handle", body: installation({ platform: "baidu" }) },
  { what: "tags that are not an array", body: installation({ tags: "a" }) },
  { what: "a tag that is not a string", body: installation({ tags: [1] }) },
  { what: "61 tags", body: installation({ tags: manyTags.split(",") }) },
  {
    what: "61 tags including the template's",
    body: installation({
      tags: manyTags.split(",").slice(1),
      templates: { t: { body: "{}", tags: ["x"] } },
    }),
  },
  { what: "a user id with a comma", body: installation({ userId: "a,b" }) },
  { what: "a template without a body", body: installation({ templates: { t: {} } }) },
  { what: "a template that is not JSON", body: installation({ templates: { t: { body: "x" } } }) },
  { what: "push variables that are not strings", body: installation({ pushVariables: { a: {} } }) },
]);

export const patches = refused(
  { status: 400, method: "PATCH", path: `/installations/${presentInstallation}` },
  [
    { what: "a body that is not JSON", body: "[" },
    { what: "an operation outside an array", body: `{"op":"add","path":"/userId","value":"a"}` },
    { what: "an operation that is not an object", body: "[1]" },
    { what: "no op", body: `[{"path":"/userId","value":"a"}]` },
    {
      what: "a standard op that the service does not support",
      body: `[{"op":"move","from":"/tags","path":"/userId"}]`,
    },
    { what: "no path", body: `[{"op":"remove"}]` },
    { what: "a path without a slash", body: `[{"op":"remove","path":"userId"}]` },
    { what: "replacing the whole document", body: `[{"op":"replace","path":"","value":{}}]` },
    { what: "adding an unknown member", body: `[{"op":"add","path":"/colour","value":"red"}]` },
    { what: "replacing the id", body: `[{"op":"replace","path":"/installationId","value":"x"}]` },
    {
      what: "adding a member of the prototype",
      body: `[{"op":"add","path":"/templates/__proto__","value":{"body":"{}"}}]`,
    },
    { what: "no value", body: `[{"op":"add","path":"/userId"}]` },
    { what: "a value of another type", body: `[{"op":"add","path":"/userId","value":7}]` },
    { what: "removing the push channel", body: `[{"op":"remove","path":"/pushChannel"}]` },
    { what: "an invalid tag", body: `[{"op":"add","path":"/tags","value":"a b"}]` },
    {
      what: "a part of a missing template",
      body: `[{"op":"add","path":"/templates/x/body","value":"{}"}]`,
    },
    {
      what: "a template that is not JSON",
      body: `[{"op":"add","path":"/templates/x","value":"{"}]`,
    },
  ],
);
