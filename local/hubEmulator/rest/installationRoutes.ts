import { parseJson } from "../formats/json.ts";
import type { Hub } from "../hub.ts";
import {
  type ChannelRegistrationIds,
  handleOf,
  type Installation,
  type InstallationContent,
  installationJson,
  readInstallation,
  registrationContentOf,
} from "../registrations/installation.ts";
import { canonicalHandle, type Registration } from "../registrations/registration.ts";
import { type Change, type HubState, newRegistrationId } from "../registrations/state.ts";
import { type Answer, json, notFound, refuse } from "../server/answer.ts";
import type { HubRequest } from "../server/request.ts";
import { patchInstallation } from "./jsonPatch.ts";
import { addressOf } from "./registrationRoutes.ts";

/** `PUT /installations/{id}` */
export function put(hub: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  const body = parseJson(request.body);
  if (body === undefined) return refuse(400, "The body is not JSON");
  const read = readInstallation(body, installationId);
  if (read.kind === "malformed") return refuse(400, read.detail);
  hub.state.commit(write(hub.state, read.content, false));
  return written(hub, request);
}

/** `GET /installations/{id}` */
export function get(hub: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  const installation = hub.state.installations.get(installationId);
  if (installation === undefined) return notFound(hub, missing);
  return { ...json(200, installationJson(installation)), about: { installationId } };
}

/** `PATCH /installations/{id}` */
export function patch(hub: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  const present = hub.state.installations.get(installationId);
  if (present === undefined) return notFound(hub, missing);
  const body = parseJson(request.body);
  if (body === undefined) return refuse(400, "The body is not JSON");
  const patched = patchInstallation(present, body);
  if (patched.kind === "malformed") return refuse(400, patched.detail);
  const read = readInstallation(patched.value, installationId);
  if (read.kind === "malformed") return refuse(400, read.detail);
  const expired = present.pushChannelExpired && sameChannel(present, read.content);
  hub.state.commit(write(hub.state, read.content, expired));
  return written(hub, request);
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
  return { status: 204, about: { installationId: idOf(request) } };
}

/** Returns the change that creates or replaces an installation and its registrations. */
function write(state: HubState, content: InstallationContent, expired: boolean): Change {
  const present = state.installations.get(content.installationId);
  const registrations: Registration[] = [];

  function materialise(
    presentId: string | undefined,
    templateName: string | undefined,
    tileName: string | undefined,
  ): string {
    const before = presentId === undefined ? undefined : state.registrations.get(presentId);
    const registrationId = before?.registrationId ?? newRegistrationId();
    registrations.push({
      ...registrationContentOf(content, templateName, tileName),
      registrationId,
      etag: (before?.etag ?? 0) + 1,
      installationId: content.installationId,
    });
    return registrationId;
  }

  function materialiseChannel(
    ids: ChannelRegistrationIds | undefined,
    templates: object | undefined,
    tileName?: string,
  ): ChannelRegistrationIds {
    return {
      native: materialise(ids?.native, undefined, tileName),
      templates: Object.fromEntries(
        Object.keys(templates ?? {}).map((name) => [
          name,
          materialise(own(ids?.templates, name), name, tileName),
        ]),
      ),
    };
  }

  const ids = present?.registrationIds;
  const channel = materialiseChannel(ids, content.templates);
  const tiles = Object.entries(content.secondaryTiles ?? {}).map(([name, tile]) => [
    name,
    materialiseChannel(own(ids?.secondaryTiles, name), tile.templates, name),
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
    registrationIds: {
      ...channel,
      ...(tiles.length > 0 && { secondaryTiles: Object.fromEntries(tiles) }),
    },
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

/** Returns a member that the object has itself: clients choose the names. */
function own<Value>(
  object: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

function presentRegistrations(state: HubState, { registrationIds }: Installation): string[] {
  const channels = [registrationIds, ...Object.values(registrationIds.secondaryTiles ?? {})];
  return channels
    .flatMap(({ native, templates }) => [native, ...Object.values(templates)])
    .filter((id) => state.registrations.get(id) !== undefined);
}

function sameChannel(a: InstallationContent, b: InstallationContent): boolean {
  return JSON.stringify(handleOf(a)) === JSON.stringify(handleOf(b));
}

function idOf(request: HubRequest): string {
  return request.segments[2] ?? "";
}

function written({ service }: Hub, request: HubRequest): Answer {
  const installationId = idOf(request);
  return {
    status: 200,
    about: { installationId },
    headers:
      service === "2022"
        ? { "content-location": addressOf(request, "installations", installationId) }
        : {},
  };
}

const missing = "Installation not found";
