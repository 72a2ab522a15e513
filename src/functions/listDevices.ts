import type { HttpFunctionOptions } from "@azure/functions";
import type { Authenticate } from "../auth/authenticate.ts";
import { signedIn } from "../auth/signedIn.ts";
import { jsonAnswer } from "../http/answer.ts";
import { badInput, problemAnswer } from "../http/problem.ts";
import { readInstallationId } from "../registration/device.ts";
import type { ListDevices } from "../registration/devices.ts";
import { failureProblem } from "../registration/failureProblem.ts";

/** Lists the caller's devices. If the caller names an installation, says which of them it is. */
export function listDevices(authenticate: Authenticate, list: ListDevices): HttpFunctionOptions {
  return {
    methods: ["GET"],
    route: "api/devices",
    authLevel: "anonymous",
    handler: signedIn(authenticate, async (request, userDigest, context) => {
      const isNamed = request.headers.has("X-ZUMO-INSTALLATION-ID");
      const installationId = isNamed ? readInstallationId(request.headers) : undefined;
      if (typeof installationId === "object") return problemAnswer(badInput([installationId]));

      const listed = await list(userDigest, installationId);
      if (listed.kind === "done") return jsonAnswer(200, { devices: listed.value });
      context.error(JSON.stringify({ outcome: "devices-failed", ...listed }));
      return problemAnswer(failureProblem(listed, "Your devices are unreachable for now."));
    }),
  };
}
