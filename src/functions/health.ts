import type { HttpFunctionOptions } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";

/** Set by the build to the version in package.json. */
declare const APP_VERSION: string;

/** Says that the process runs and its settings are sound; it calls nobody. */
export const health: HttpFunctionOptions = {
  methods: ["GET"],
  route: "api/health",
  authLevel: "anonymous",
  handler: async () => jsonAnswer(200, { status: "ok", version: APP_VERSION }),
};
