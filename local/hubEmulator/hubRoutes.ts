import { type Answer, refuse } from "./answer.ts";
import type { Hub } from "./hub.ts";
import * as installationRoutes from "./installationRoutes.ts";
import * as registrationRoutes from "./registrationRoutes.ts";
import type { HubRequest, HubRequestHead } from "./request.ts";
import type { Right } from "./sas.ts";
import * as sendRoutes from "./sendRoutes.ts";

export interface HubRoute {
  readonly method: string;
  /** The segments after the hub's name, in lower case. `*` matches any segment. */
  readonly path: readonly string[];
  /** The right that the caller's access rule must have. */
  readonly right: Right;
  readonly handle: (hub: Hub, request: HubRequest) => Answer;
}

/** The REST API of Notification Hubs: https://learn.microsoft.com/rest/api/notificationhubs/ */
const routes: readonly HubRoute[] = [
  route("POST", "messages", "Send", sendRoutes.send),
  route("GET", "messages/*", "Send", sendRoutes.details),
  route("POST", "registrationids", "Listen", registrationRoutes.createId),
  route("POST", "registrations", "Listen", registrationRoutes.create),
  route("GET", "registrations", "Manage", registrationRoutes.list),
  route("PUT", "registrations/*", "Listen", registrationRoutes.put),
  route("GET", "registrations/*", "Listen", registrationRoutes.get),
  route("DELETE", "registrations/*", "Listen", registrationRoutes.remove),
  route("GET", "tags/*/registrations", "Manage", registrationRoutes.listByTag),
  route("PUT", "installations/*", "Listen", installationRoutes.put),
  route("GET", "installations/*", "Listen", installationRoutes.get),
  route("PATCH", "installations/*", "Listen", installationRoutes.patch),
  route("DELETE", "installations/*", "Listen", installationRoutes.remove),
  route("GET", "feedbackcontainer", "Manage", sendRoutes.feedbackContainer),
  route("POST", "messages/$batch", "Send", later),
  route("POST", "schedulednotifications", "Send", later),
  route("DELETE", "schedulednotifications/*", "Send", later),
  route("POST", "jobs", "Manage", later),
  route("GET", "jobs", "Manage", later),
  route("GET", "jobs/*", "Manage", later),
];

function route(
  method: string,
  path: string,
  right: Right,
  handle: (hub: Hub, request: HubRequest) => Answer,
): HubRoute {
  return { method, path: path.split("/"), right, handle };
}

function later(): Answer {
  return refuse(501, "The emulator does not support this operation yet");
}

/** Returns the route of a request to this hub, or an error response if there is none. */
export function findRoute(
  hub: Hub,
  request: HubRequestHead,
):
  | { readonly kind: "route"; readonly route: HubRoute }
  | { readonly kind: "none"; readonly answer: Answer } {
  const [hubName, ...path] = request.segments;
  if (hubName?.toLowerCase() !== hub.name.toLowerCase()) {
    return none(refuse(404, "No service is hosted at the specified address"));
  }
  const fitting = routes.filter((candidate) => fits(candidate, path));
  const found = fitting.find(({ method }) => method === request.method);
  if (found !== undefined) return { kind: "route", route: found };
  if (fitting.length === 0) return none(refuse(404, "The resource does not exist"));
  const allow = fitting.map(({ method }) => method).join(", ");
  return none(refuse(405, "The method is not allowed", { allow }));
}

function none(answer: Answer): { readonly kind: "none"; readonly answer: Answer } {
  return { kind: "none", answer };
}

function fits({ path }: HubRoute, segments: readonly string[]): boolean {
  return (
    path.length === segments.length &&
    path.every((part, i) => part === "*" || part === segments[i]?.toLowerCase())
  );
}
