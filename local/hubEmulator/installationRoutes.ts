import { type Answer, json, refuse } from "./answer.ts";
import type { Hub } from "./hub.ts";
import {
  handleOf,
  type Installation,
  type InstallationContent,
  installationJson,
  readInstallation,
  registrationContentOf,
} from "./installation.ts";
import { parseJson } from "./json.ts";
import { patchInstallation } from "./jsonPatch.ts";
import { canonicalHandle, type Registration } from "./registration.ts";
import { addressOf } from "./registrationRoutes.ts";
import type { HubRequest } from "./request.ts";
import { type Change, type HubState, newRegistrationId } from "./state.ts";

/** `PUT /installations/{id}` */
export function put(hub: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  const body = parseJson(request.body);
  if (body === undefined) return refuse(400, "The body is not JSON");
  const read = readInstallation(body, installationId);
  if (read.kind === "malformed") return refuse(400, read.detail);
  hub.state.commit(write(hub.state, read.content, false));
  return { status: 200, headers: locationOf(request) };
}

/** `GET /installations/{id}` */
export function get(hub: Hub, request: HubRequest): Answer {
  const installation = hub.state.installations.get(idOf(request));
  return installation === undefined ? notFound() : json(200, installationJson(installation));
}

/** `PATCH /installations/{id}` */
export function patch(hub: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  const present = hub.state.installations.get(installationId);
  if (present === undefined) return notFound();
  const body = parseJson(request.body);
  if (body === undefined) return refuse(400, "The body is not JSON");
  const patched = patchInstallation(present, body);
  if (patched.kind === "malformed") return refuse(400, patched.detail);
  const read = readInstallation(patched.value, installationId);
  if (read.kind === "malformed") return refuse(400, read.detail);
  const expired = present.pushChannelExpired && sameChannel(present, read.content);
  hub.state.commit(write(hub.state, read.content, expired));
  return { status: 200, headers: locationOf(request) };
}

/** `DELETE /installations/{id}`. Succeeds even if the installation does not exist. */
export function remove(hub: Hub, request: HubRequest): Answer {
  const present = hub.state.installations.get(idOf(request));
  if (present !== undefined) {
    hub.state.commit({
      removedInstallations: [present.installationId],
      removedRegistrations: presentRegistrations(hub.state, present),
    });
  }
  return { status: 204 };
}

/** Returns the change that creates or replaces an installation and its registrations. */
function write(state: HubState, content: InstallationContent, expired: boolean): Change {
  const present = state.installations.get(content.installationId);
  const registrations: Registration[] = [];

  function materialise(presentId: string | undefined, templateName?: string): string {
    const before = presentId === undefined ? undefined : state.registrations.get(presentId);
    const registrationId = before?.registrationId ?? newRegistrationId();
    registrations.push({
      ...registrationContentOf(content, templateName),
      registrationId,
      etag: (before?.etag ?? 0) + 1,
      installationId: content.installationId,
    });
    return registrationId;
  }

  const native = materialise(present?.registrationIds.native);
  const templates = Object.keys(content.templates ?? {}).map((name) => [
    name,
    materialise(present?.registrationIds.templates[name], name),
  ]);
  const kept = new Set(registrations.map(({ registrationId }) => registrationId));
  const { pushChannel } = content;
  const installation: Installation = {
    ...content,
    pushChannel:
      typeof pushChannel === "string" && content.platform !== "browser"
        ? canonicalHandle(content.platform, pushChannel)
        : pushChannel,
    pushChannelExpired: expired,
    registrationIds: { native, templates: Object.fromEntries(templates) },
  };
  return {
    removedRegistrations:
      present === undefined
        ? []
        : presentRegistrations(state, present).filter((id) => !kept.has(id)),
    registrations: expired ? [] : registrations,
    installations: [installation],
  };
}

function presentRegistrations(state: HubState, { registrationIds }: Installation): string[] {
  return [registrationIds.native, ...Object.values(registrationIds.templates)].filter(
    (id) => state.registrations.get(id) !== undefined,
  );
}

function sameChannel(a: InstallationContent, b: InstallationContent): boolean {
  return JSON.stringify(handleOf(a)) === JSON.stringify(handleOf(b));
}

function idOf(request: HubRequest): string {
  return request.segments[2] ?? "";
}

function locationOf(request: HubRequest): Readonly<Record<string, string>> {
  return { "content-location": addressOf(request, "installations", idOf(request)) };
}

function notFound(): Answer {
  return refuse(404, "Installation not found");
}
