import type { Hub } from "../hub.ts";
import { type Answer, refuse } from "../server/answer.ts";
import type { HubRequest } from "../server/request.ts";
import type { Right } from "../server/sas.ts";
import * as installationRoutes from "./installationRoutes.ts";
import * as registrationRoutes from "./registrationRoutes.ts";
import * as sendRoutes from "./sendRoutes.ts";

export interface HubRoute {
  readonly method: string;
  /** The segments after the hub's name, in lower case. `*` matches any segment. */
  readonly path: readonly string[];
  /** The right that the caller's access rule must have. */
  readonly right: Right;
  /** Its name in the record of requests. */
  readonly operation: string;
  readonly handle: (hub: Hub, request: HubRequest) => Answer | Promise<Answer>;
}

/** The REST API of Notification Hubs: https://learn.microsoft.com/rest/api/notificationhubs/ */
const routes: readonly HubRoute[] = [
  route("POST", "messages", "Send", "send", sendRoutes.send),
  route("GET", "messages/*", "Send", "getNotification", sendRoutes.details),
  route("POST", "registrationids", "Listen", "createRegistrationId", registrationRoutes.createId),
  route("POST", "registrations", "Listen", "createRegistration", registrationRoutes.create),
  route("GET", "registrations", "Manage", "listRegistrations", registrationRoutes.list),
  route("PUT", "registrations/*", "Listen", "putRegistration", registrationRoutes.put),
  route("GET", "registrations/*", "Listen", "getRegistration", registrationRoutes.get),
  route("DELETE", "registrations/*", "Listen", "deleteRegistration", registrationRoutes.remove),
  route(
    "GET",
    "tags/*/registrations",
    "Manage",
    "listRegistrationsByTag",
    registrationRoutes.listByTag,
  ),
  route("PUT", "installations/*", "Listen", "putInstallation", installationRoutes.put),
  route("GET", "installations/*", "Listen", "getInstallation", installationRoutes.get),
  route("PATCH", "installations/*", "Listen", "patchInstallation", installationRoutes.patch),
  route("DELETE", "installations/*", "Listen", "deleteInstallation", installationRoutes.remove),
  route("GET", "feedbackcontainer", "Manage", "getFeedbackContainer", sendRoutes.feedbackContainer),
  route("POST", "messages/$batch", "Send", "sendBatch", later),
  route("POST", "schedulednotifications", "Send", "scheduleNotification", later),
  route("DELETE", "schedulednotifications/*", "Send", "cancelNotification", later),
  route("POST", "jobs", "Manage", "submitJob", later),
  route("GET", "jobs", "Manage", "listJobs", later),
  route("GET", "jobs/*", "Manage", "getJob", later),
];

function route(
  method: string,
  path: string,
  right: Right,
  operation: string,
  handle: HubRoute["handle"],
): HubRoute {
  return { method, path: path.split("/"), right, operation, handle };
}

function later(): Answer {
  return refuse(501, "The emulator does not support this operation yet");
}

/** Returns the route of a request, or an error response if there is none. @param path the segments after the hub */
export function findRoute(
  method: string,
  path: readonly string[],
):
  | { readonly kind: "route"; readonly route: HubRoute }
  | { readonly kind: "none"; readonly answer: Answer } {
  const fitting = routes.filter((candidate) => fits(candidate, path));
  const found = fitting.find((candidate) => candidate.method === method);
  if (found !== undefined) return { kind: "route", route: found };
  if (fitting.length === 0) return none(refuse(404, "The resource does not exist"));
  const allow = fitting.map((candidate) => candidate.method).join(", ");
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
