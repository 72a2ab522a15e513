import type { HttpFunctionOptions } from "@azure/functions";
import { jsonAnswer } from "../http/answer.ts";

/** The version in package.json. The build sets it. */
declare const APP_VERSION: string;

/** Reports that the process runs and its settings are valid. It sends no requests. */
export const health: HttpFunctionOptions = {
  methods: ["GET"],
  route: "api/health",
  authLevel: "anonymous",
  handler: async () => jsonAnswer(200, { status: "ok", version: APP_VERSION }),
};
