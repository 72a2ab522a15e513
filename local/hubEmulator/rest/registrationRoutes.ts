import type { Hub } from "../hub.ts";
import type { ListedRegistrations } from "../registrations/laggingRegistrations.ts";
import type { Registration } from "../registrations/registration.ts";
import type { RegistrationPage } from "../registrations/registrationStore.ts";
import { newRegistrationId } from "../registrations/state.ts";
import { tagFault } from "../registrations/tags.ts";
import { type Answer, notFound, refuse } from "../server/answer.ts";
import { type HubRequest, header } from "../server/request.ts";
import { readEntry, registrationEntry, registrationFeed } from "./atom.ts";
import { filterRegistrations, parseFilter } from "./filter.ts";

/** The default and maximum length of a page: the limit of the service. */
const maxPage = 100;

const entryType = "application/atom+xml; type=entry; charset=utf-8";

/** Matches ids such as `123-456-1`. A client may choose its own id. */
const idPattern = /^\d{1,20}-\d{1,20}-\d{1,3}$/;

/** `POST /registrationIDs` */
export function createId(_hub: Hub, request: HubRequest): Answer {
  return {
    status: 201,
    headers: { location: `${addressOf(request, "registrationids", newRegistrationId())}` },
  };
}

/** `POST /registrations` */
export function create(hub: Hub, request: HubRequest): Answer {
  const entry = readEntry(request.body);
  if (entry.kind === "malformed") return refuse(400, entry.detail);
  const registration = { ...entry.content, registrationId: newRegistrationId(), etag: 1 };
  hub.state.commit({ registrations: [registration] });
  const location = addressOf(request, "registrations", registration.registrationId);
  return written(hub, request, registration, { "content-location": location });
}

/** `PUT /registrations/{id}`: an update with `If-Match`, otherwise an upsert. */
export function put(hub: Hub, request: HubRequest): Answer {
  const registrationId = request.segments[2] ?? "";
  if (!idPattern.test(registrationId)) return refuse(400, "The registration id is invalid");
  const entry = readEntry(request.body);
  if (entry.kind === "malformed") return refuse(400, entry.detail);
  const present = hub.state.registrations.get(registrationId);
  const condition = header(request.headers, "if-match");
  if (condition !== undefined) {
    const refusal = checkCondition(hub, condition, present);
    if (refusal !== undefined) return refusal;
  } else if (hub.state.isRetired(registrationId)) {
    return refuse(410, "The registration id was retired. Use a different registration id");
  }
  const registration = { ...entry.content, registrationId, etag: (present?.etag ?? 0) + 1 };
  hub.state.commit({ registrations: [registration] });
  return written(hub, request, registration);
}

/** `GET /registrations/{id}` */
export function get(hub: Hub, request: HubRequest): Answer {
  const registrationId = request.segments[2] ?? "";
  const registration = hub.state.registrations.get(registrationId);
  if (registration === undefined) return notFound(hub, missing);
  const address = addressOf(request, "registrations", registrationId);
  return {
    status: 200,
    about: { registrationId },
    headers: { "content-type": entryType, ...etagHeader(hub, registration) },
    body: registrationEntry(registration, address, "read"),
  };
}

/** `DELETE /registrations/{id}` */
export function remove(hub: Hub, request: HubRequest): Answer {
  const registrationId = request.segments[2] ?? "";
  const present = hub.state.registrations.get(registrationId);
  const refusal = checkCondition(hub, header(request.headers, "if-match") ?? "*", present);
  if (refusal !== undefined) return refusal;
  hub.state.commit({ removedRegistrations: [registrationId] });
  return { status: 200, about: { registrationId } };
}

/** `GET /registrations` */
export function list(hub: Hub, request: HubRequest): Answer {
  const text = request.query.get("$filter");
  if (text === null) return page(hub, request, (listed, after, top) => listed.page(after, top));
  const parsed = parseFilter(text);
  if (parsed.kind === "malformed") return refuse(400, parsed.detail);
  return page(hub, request, (listed, after, top) =>
    listed.pageOf(filterRegistrations(listed, parsed.filter), after, top),
  );
}

/** `GET /tags/{tag}/registrations` */
export function listByTag(hub: Hub, request: HubRequest): Answer {
  const tag = request.segments[2] ?? "";
  const fault = tag.startsWith("$") ? undefined : tagFault(tag);
  if (fault !== undefined) return refuse(400, fault);
  return page(hub, request, (listed, after, top) => listed.pageOfTag(tag, after, top));
}

function page(
  hub: Hub,
  request: HubRequest,
  read: (listed: ListedRegistrations, after: string, top: number) => RegistrationPage,
): Answer {
  const top = request.query.get("$top") ?? String(maxPage);
  if (!/^[1-9]\d{0,9}$/.test(top)) return refuse(400, "$top must be a positive number");
  const after = readContinuation(request.query.get("continuationtoken"));
  if (after === undefined) return refuse(400, "The continuation token is invalid");
  const listed = hub.state.listed(request.listLagMs);
  const { next, registrations } = read(listed, after, Math.min(Number(top), maxPage));
  const token = next === undefined ? undefined : writeContinuation(next);
  const address = `https://${request.host}${request.target}`;
  return {
    status: 200,
    headers: {
      "content-type": "application/atom+xml; type=feed; charset=utf-8",
      ...(token !== undefined && { "x-ms-continuationtoken": token }),
    },
    body: registrationFeed(
      registrations,
      address,
      (id) => addressOf(request, "registrations", id),
      token && nextAddress(request, token),
    ),
  };
}

function nextAddress(request: HubRequest, token: string): string {
  const query = new URLSearchParams(request.query);
  query.set("continuationtoken", token);
  const [path] = request.target.split("?");
  return `https://${request.host}${path}?${query}`;
}

/** Returns percent-encoded base64, like the service. Clients encode it again for the query. */
function writeContinuation(place: string): string {
  return encodeURIComponent(btoa(place));
}

/** Returns the place after which a page starts, "" for the first page, or undefined if the token is invalid. */
function readContinuation(token: string | null): string | undefined {
  if (token === null) return "";
  const text = Buffer.from(token.replaceAll(/%3D/gi, "="), "base64").toString();
  return /^\d{1,20}(?:-\d{1,20})*$/.test(text) ? text : undefined;
}

/** Checks `If-Match`: it must be `*` or the quoted ETag of the registration, weak or strong. */
function checkCondition(
  hub: Hub,
  condition: string,
  present: Registration | undefined,
): Answer | undefined {
  const [, etag] = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(condition) ?? [];
  if (condition.trim() !== "*" && etag === undefined) {
    return refuse(400, "If-Match must be * or one quoted ETag");
  }
  if (present === undefined) return notFound(hub, missing);
  // .NET puts the asterisk in quotes.
  if (etag !== undefined && etag !== "*" && etag !== String(present.etag)) {
    return refuse(412, "The registration has another ETag");
  }
  return undefined;
}

const missing = "The registration does not exist";

/** @param olderHeaders the headers that the service sent until 2022 */
function written(
  hub: Hub,
  request: HubRequest,
  registration: Registration,
  olderHeaders: Readonly<Record<string, string>> = {},
): Answer {
  const { registrationId } = registration;
  const address = addressOf(request, "registrations", registrationId);
  return {
    status: 200,
    about: { registrationId },
    headers: {
      "content-type": entryType,
      ...etagHeader(hub, registration),
      ...(hub.service === "2022" && olderHeaders),
    },
    body: registrationEntry(registration, address, "written"),
  };
}

function etagHeader({ service }: Hub, { etag }: Registration): Readonly<Record<string, string>> {
  return service === "2022" ? { etag: `W/"${etag}"` } : {};
}

/** Builds an https address even if the emulator serves plain http, because the SDK requires https. */
export function addressOf(request: HubRequest, collection: string, id: string): string {
  const version = encodeURIComponent(request.query.get("api-version") ?? "2020-06");
  const hub = `https://${request.host}/${request.segments[0]}`;
  return `${hub}/${collection}/${encodeURIComponent(id)}?api-version=${version}`;
}
