import type { HttpFunctionOptions } from "@azure/functions";
import { type Guard, signedIn } from "../auth/signedIn.ts";
import { jsonAnswer } from "../http/answer.ts";
import { readJsonBody } from "../http/jsonBody.ts";
import { type Problem, problemAnswer } from "../http/problem.ts";
import { readDevice } from "../registration/device.ts";
import { mostDevices } from "../registration/deviceQuota.ts";
import { hubFailureAnswer, registrationStorageFailure } from "../registration/hubFailureAnswer.ts";
import type { Register } from "../registration/register.ts";

const tooManyDevices: Problem = {
  name: "too-many-devices",
  status: 409,
  detail: `You have ${mostDevices} devices already. Remove one before you register another.`,
};

const beingForgotten: Problem = {
  name: "being-forgotten",
  status: 409,
  detail: "Your data is being deleted. The device is not registered.",
};

/** Registers the caller's device. */
export function registerNotifications(
  guard: Guard,
  register: Register,
  topics: readonly string[],
): HttpFunctionOptions {
  return {
    methods: ["POST"],
    route: "api/register_notifications",
    authLevel: "anonymous",
    handler: signedIn(guard, async (request, userDigest, context) => {
      const body = await readJsonBody(request);
      if (body.kind === "problem") return problemAnswer(body.problem);
      const reading = readDevice(request.headers, body.value, topics);
      if (reading.kind === "problem") return problemAnswer(reading.problem);

      const { device } = reading;
      const registered = await register(userDigest, device);
      if (registered.kind === "tooMany") return problemAnswer(tooManyDevices);
      if (registered.kind === "forgotten") return problemAnswer(beingForgotten);
      if (registered.kind === "storage")
        return registrationStorageFailure(registered.failure, context);
      if (registered.kind !== "done") {
        return hubFailureAnswer("registration-failed", registered, context);
      }
      const { registrationId, expirationTime } = registered.value;
      return jsonAnswer(200, {
        registrationId,
        platform: device.platformName,
        installationId: device.installationId,
        expirationTime,
        topics: device.topics,
      });
    }),
  };
}
