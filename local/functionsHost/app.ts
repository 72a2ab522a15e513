import { randomUUID } from "node:crypto";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { checkContract, schemas } from "./contract.ts";
import {
  type Log,
  type LogLevel,
  provideCoreModule,
  type RegisteredFunction,
} from "./coreModule.ts";

/** The input of one function call, in the form of `@azure/functions-core`. */
export interface Invocation {
  /** The value of the trigger binding. */
  readonly triggerData: unknown;
  readonly triggerMetadata: Readonly<Record<string, unknown>>;
}

/** A loaded and started app. */
export interface App {
  readonly functions: readonly RegisteredFunction[];
  /** Calls a function. Resolves to the library's response, or rejects with the function's error. */
  invoke(called: RegisteredFunction, invocation: Invocation): Promise<unknown>;
  /** Calls the app's terminate hooks. */
  terminate(): Promise<void>;
}

/** What the worker says that it can do (`getWorkerCapabilities.ts` in its sources, 3.13). */
const workerCapabilities = {
  RawHttpBodyBytes: "true",
  RpcHttpTriggerMetadataRemoved: "true",
  RpcHttpBodyOnly: "true",
  IgnoreEmptyValuedRpcHttpHeaders: "true",
  UseNullableValueDictionaryForHttp: "true",
  WorkerStatus: "true",
  TypedDataCollection: "true",
  HandlesWorkerTerminateMessage: "true",
};

const packageJson = v.object({ main: v.string() });

/**
 * Loads a built app into this process, like the Node worker: imports the files that match `main` in its
 * package.json (a glob), then calls its start hooks.
 *
 * @throws the error of the app while it loads, or an Error that says what the app lacks
 */
export async function loadApp(directory: string, log: Log): Promise<App> {
  const registrations = provideCoreModule(log);
  const { main } = v.parse(
    packageJson,
    JSON.parse(await readFile(join(directory, "package.json"), "utf8")),
  );
  const files = globSync(main, { cwd: directory }).sort();
  if (files.length === 0) {
    throw new Error(`No file matches ${main}, the main of package.json. Build the app first.`);
  }
  for (const file of files) await import(pathToFileURL(join(directory, file)).href);

  const model = registrations.model();
  if (!model) throw new Error("The app registers no function with @azure/functions 4.");
  const appHookData = {};
  /** What the hooks of the app's start and end share. */
  const hookDataOfApp = {};
  for (const hook of registrations.hooks("appStart")) {
    await hook({ hookData: hookDataOfApp, appHookData, functionAppDirectory: directory });
  }
  const capabilities = await model.getCapabilities(workerCapabilities);
  registrations.close();
  if (typeof capabilities === "object" && capabilities !== null && "HttpUri" in capabilities) {
    throw new Error("This host does not support HTTP streaming. Turn it off in the app.");
  }

  return {
    functions: [...registrations.functions.values()],

    async invoke({ metadata, callback }, { triggerData, triggerMetadata }) {
      const trigger = triggerOf(metadata);
      const invocationId = randomUUID();
      const hookData = {};
      const core = {
        invocationId,
        metadata,
        request: {
          invocationId,
          inputData: [{ name: trigger.name, data: triggerData }],
          triggerMetadata,
        },
        state: undefined as string | undefined,
        log: (level: LogLevel, _category: string, message: string) => {
          const entry = { level, message, category: "user", hookData, appHookData };
          for (const hook of registrations.hooks("log")) {
            try {
              hook(entry);
            } catch {
              // The worker ignores what a log hook throws.
            }
          }
          log(entry.level, `Function.${metadata.name}.User`, entry.message);
        },
      };
      const invocation = checkContract(
        "getInvocationModel",
        schemas.invocationModel,
        model.getInvocationModel(core),
      );
      const { context, inputs } = checkContract(
        "getArguments",
        schemas.invocationArguments,
        await invocation.getArguments(),
      );

      const before = {
        hookData,
        appHookData,
        invocationContext: context,
        inputs,
        functionCallback: callback,
      };
      core.state = "preInvocationHooks";
      for (const hook of registrations.hooks("preInvocation")) await hook(before);
      core.state = "invocation";
      const after = { ...before, result: null as unknown, error: null as unknown };
      try {
        after.result = await invocation.invokeFunction(
          context,
          before.inputs,
          before.functionCallback,
        );
      } catch (error) {
        after.error = error;
      }

      core.state = "postInvocationHooks";
      for (const hook of registrations.hooks("postInvocation")) await hook(after);
      core.state = undefined;
      // A hook may have set it to null. Nothing else than an error fails the call.
      if (after.error !== null && after.error !== undefined) throw after.error;
      return invocation.getResponse(context, after.result);
    },

    async terminate() {
      for (const hook of registrations.hooks("appTerminate")) {
        await hook({ hookData: hookDataOfApp, appHookData });
      }
    },
  };
}

/** Returns the trigger binding of a function, with its name. */
export function triggerOf({ name, bindings }: RegisteredFunction["metadata"]) {
  for (const [bindingName, binding] of Object.entries(bindings)) {
    if (binding.type.toLowerCase().endsWith("trigger")) return { ...binding, name: bindingName };
  }
  throw new Error(`The function ${name} has no trigger.`);
}
