import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { jsonAnswer } from "../http/answer.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { readInstallationId } from "../registration/device.ts";
import { hubFailureAnswer } from "../registration/hubFailureAnswer.ts";
import type { ListDevices } from "../registration/userRegistrations.ts";

/** Lists the caller's devices. If the caller names an installation, says which of them it is. */
export function listDevices(guard: Guard, list: ListDevices): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/devices",
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, userDigest, context) => {
      const isNamed = request.headers.has("X-ZUMO-INSTALLATION-ID");
      const installationId = isNamed ? readInstallationId(request.headers) : undefined;
      if (typeof installationId === "object") return problemAnswer(badInput([installationId]));

      const listed = await list(userDigest, installationId);
      if (listed.kind === "done") return jsonAnswer(200, { devices: listed.value });
      return hubFailureAnswer("devices-failed", listed, context);
    }),
  };
}
