import { atomEntry } from "../hubClient.ts";
import { manyTags, presentRegistration, refused, retiredRegistration } from "./badRequest.ts";

const handle = "<DeviceToken>ABAB</DeviceToken>";
const apple = atomEntry("Apple", handle);
const registration = `/registrations/${presentRegistration}`;

const bomb = `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>`;

function template(body: string, more = ""): string {
  return atomEntry(
    "AppleTemplate",
    `${handle}<BodyTemplate><![CDATA[${body}]]></BodyTemplate>${more}`,
  );
}

function windowsTemplate(body: string): string {
  const members = `<ChannelUri>u</ChannelUri><BodyTemplate><![CDATA[${body}]]></BodyTemplate>`;
  return atomEntry("WindowsTemplate", members);
}

export const updates = refused({ status: 400, method: "PUT", path: registration, body: apple }, [
  { what: "an update with an old ETag", status: 412, headers: { "if-match": '"7"' } },
  { what: "an update with an old weak ETag", status: 412, headers: { "if-match": 'W/"7"' } },
  { what: "an update with an unquoted ETag", status: 400, headers: { "if-match": "1" } },
  { what: "an update with two ETags", status: 400, headers: { "if-match": '"1", "2"' } },
  {
    what: "an update of a missing registration",
    status: 404,
    path: "/registrations/3-3-3",
    headers: { "if-match": '"1"' },
  },
  {
    what: "an update with If-Match * of a missing registration",
    status: 404,
    path: "/registrations/3-3-3",
    headers: { "if-match": "*" },
  },
  { what: "a retired id", status: 410, path: `/registrations/${retiredRegistration}` },
  { what: "the id undefined, an SDK bug", status: 400, path: "/registrations/undefined" },
  { what: "an id of one number", status: 400, path: "/registrations/1" },
  { what: "an id with letters", status: 400, path: "/registrations/1-b-1" },
  { what: "a very long id", status: 400, path: `/registrations/${"1".repeat(50)}-1-1` },
]);

export const deletions = refused({ status: 400, method: "DELETE", path: registration }, [
  { what: "a deletion with an old ETag", status: 412, headers: { "if-match": '"7"' } },
  { what: "a deletion with an unquoted ETag", status: 400, headers: { "if-match": "x" } },
]);

export const descriptions = refused({ status: 400, method: "POST", path: "/registrations" }, [
  { what: "no body", body: "" },
  { what: "a body that is not XML", body: "{}" },
  { what: "a truncated document", body: apple.slice(0, -4) },
  { what: "two root elements", body: `${apple}<entry/>` },
  { what: "text after the root element", body: `${apple}x` },
  { what: "a duplicate attribute", body: apple.replace("<entry", `<entry a="1" a="2"`) },
  {
    what: "an undefined entity",
    body: atomEntry("Apple", "<DeviceToken>&x;</DeviceToken>"),
  },
  { what: "a bare ampersand", body: atomEntry("Apple", "<DeviceToken>a & b</DeviceToken>") },
  {
    what: "a character that XML forbids",
    body: atomEntry("Apple", "<DeviceToken>\u0001</DeviceToken>"),
  },
  {
    what: "a character reference that XML forbids",
    body: atomEntry("Apple", "<DeviceToken>&#1;</DeviceToken>"),
  },
  { what: "an XML bomb", body: bomb + apple, detail: "document type" },
  { what: "a plain document type", body: `<!DOCTYPE entry>${apple}`, detail: "document type" },
  { what: "an external entity", body: `<!doctype e [<!ENTITY x SYSTEM "file:///x">]>${apple}` },
  { what: "very deep nesting", body: "<a>".repeat(5_000) + "</a>".repeat(5_000) },
  { what: "another root element", body: apple.replaceAll("entry", "feed") },
  { what: "no content", body: "<entry/>" },
  { what: "empty content", body: "<entry><content/></entry>" },
  {
    what: "two descriptions",
    body: apple.replace("</content>", "<AppleRegistrationDescription/></content>"),
  },
  { what: "an unknown kind", body: atomEntry("Nokia", handle), detail: "not a known registration" },
  { what: "a kind named constructor", body: "<entry><content><constructor/></content></entry>" },
  { what: "no handle", body: atomEntry("Apple", "") },
  { what: "an empty handle", body: atomEntry("Apple", "<DeviceToken> </DeviceToken>") },
  { what: "a handle of another kind", body: atomEntry("Windows", handle) },
  { what: "an incomplete Baidu handle", body: atomEntry("Baidu", "<BaiduUserId>u</BaiduUserId>") },
  { what: "an incomplete browser handle", body: atomEntry("Browser", "<Endpoint>e</Endpoint>") },
  {
    what: "61 tags",
    body: atomEntry("Apple", `<Tags>${manyTags}</Tags>${handle}`),
    detail: "60 tags",
  },
  {
    what: "a tag of 121 characters",
    body: atomEntry("Apple", `<Tags>${"t".repeat(121)}</Tags>${handle}`),
  },
  { what: "a tag with a space", body: atomEntry("Apple", `<Tags>a b</Tags>${handle}`) },
  { what: "a tag with an umlaut", body: atomEntry("Apple", `<Tags>ü</Tags>${handle}`) },
  {
    what: "a tag reserved for the hub",
    body: atomEntry("Apple", `<Tags>$UserId:{a}</Tags>${handle}`),
  },
  {
    what: "push variables that are not JSON",
    body: atomEntry("Apple", `<PushVariables>x</PushVariables>${handle}`),
  },
  {
    what: "push variables that are not strings",
    body: atomEntry("Apple", `<PushVariables>{"a":{}}</PushVariables>${handle}`),
  },
  { what: "no template", body: atomEntry("AppleTemplate", handle) },
  { what: "a template that is not JSON", body: template("hello") },
  { what: "a template that is an array", body: template("[]") },
  { what: "a template that is not XML", body: windowsTemplate("<toast $(name)/>") },
  { what: "an unterminated expression", body: template(`{"a":"$(b"}`) },
  { what: "an expression without a name", body: template(`{"a":"$()"}`) },
  { what: "an expression with a negative length", body: template(`{"a":"$(b, -1)"}`) },
  { what: ".() without a length", body: template(`{"a":".(b)"}`) },
  { what: "#() with a length", body: template(`{"a":"#(b, 2)"}`) },
  { what: "an unterminated concatenation", body: template(`{"a":"{'x' + $(b)"}`) },
  { what: "a concatenation without an operand", body: template(`{"a":"{'x' + }"}`) },
  { what: "an unterminated literal", body: template(`{"a":"{'x + $(b)}"}`) },
  {
    what: "an unterminated expression in a header",
    body: template(
      `{"a":"b"}`,
      "<ApnsHeaders><ApnsHeader><Header>h</Header><Value>$(</Value></ApnsHeader></ApnsHeaders>",
    ),
  },
]);

export const lists = refused({ status: 400, path: "" }, [
  { what: "a $top of 0", path: "/registrations?$top=0" },
  { what: "a negative $top", path: "/registrations?$top=-1" },
  { what: "a $top in words", path: "/registrations?$top=ten" },
  { what: "an invalid continuation token", path: "/registrations?continuationtoken=!!" },
  { what: "an empty filter", path: "/registrations?$filter=" },
  { what: "a truncated filter", path: "/registrations?$filter=DeviceToken+eq" },
  { what: "a filter without quotes", path: "/registrations?$filter=DeviceToken+eq+A" },
  { what: "a filter with an unescaped quote", path: "/registrations?$filter=DeviceToken+eq+'a'b'" },
  { what: "a filter with another operator", path: "/registrations?$filter=DeviceToken+ne+'A'" },
  { what: "a filter with a function", path: "/registrations?$filter=startswith(DeviceToken,'A')" },
  { what: "a filter on another property", path: "/registrations?$filter=Tags+eq+'A'" },
  {
    what: "a filter joined by or",
    path: "/registrations?$filter=DeviceToken+eq+'A'+or+DeviceToken+eq+'B'",
  },
  { what: "a tag of 121 characters", path: `/tags/${"t".repeat(121)}/registrations` },
  { what: "a tag with a comma", path: "/tags/a%2Cb/registrations" },
  { what: "a tag with a slash", path: "/tags/a%2Fb/registrations" },
]);
