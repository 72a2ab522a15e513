import Module from "node:module";
import {
  type Callback,
  checkContract,
  type FunctionMetadata,
  type ProgrammingModel,
  schemas,
} from "./contract.ts";

/** A function that the app registered. */
export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
}

export type LogLevel =
  | "trace"
  | "debug"
  | "information"
  | "warning"
  | "error"
  | "critical"
  | "none";

export type Log = (level: LogLevel, category: string, message: string) => void;

const hookNames = ["preInvocation", "postInvocation", "appStart", "appTerminate", "log"];

/** Everything that the app registered through `@azure/functions-core`. */
export interface Registrations {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly model: () => ProgrammingModel | undefined;
  readonly hooks: (name: string) => readonly Callback[];
  /** Refuses function registrations from now on. */
  close(): void;
}

/** The versions of the Node worker and the host that this host reports to the app. */
const versions = { version: "3.13.0", hostVersion: "4.1037.0" };

class Disposable {
  readonly #callOnDispose: () => unknown;

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }

  static from(...disposables: { dispose: () => unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): unknown {
    return this.#callOnDispose();
  }
}

/**
 * Provides the module `@azure/functions-core` to this process, like the Node worker. The module is built
 * into the worker and can't be installed. Call this function before the app loads.
 */
export function provideCoreModule(log: Log): Registrations {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<string, Callback[]>(hookNames.map((name) => [name, []]));
  let model: ProgrammingModel | undefined;
  let closed = false;

  const core = {
    ...versions,
    Disposable,
    registerFunction(metadata: unknown, callback: unknown): Disposable {
      if (closed) throw new Error("A function can only be registered during app startup.");
      const checked = checkContract("registerFunction", schemas.functionMetadata, metadata);
      if (functions.has(checked.name)) {
        throw new Error(`A function with id "${checked.name}" has already been registered.`);
      }
      functions.set(checked.name, {
        metadata: checked,
        callback: checkContract("registerFunction", schemas.callback, callback),
      });
      return new Disposable(() => functions.delete(checked.name));
    },
    setProgrammingModel(value: unknown): void {
      model = checkContract("setProgrammingModel", schemas.programmingModel, value);
    },
    getProgrammingModel: () => model,
    registerHook(name: string, callback: unknown): Disposable {
      const callbacks = hooks.get(name);
      if (!callbacks) {
        throw Object.assign(new RangeError(`Unrecognized hook "${name}".`), {
          isAzureFunctionsSystemError: true,
        });
      }
      const hook = checkContract("registerHook", schemas.callback, callback);
      callbacks.push(hook);
      return new Disposable(() => callbacks.splice(callbacks.indexOf(hook), 1));
    },
    log,
  };

  const require = Module.prototype.require;
  Module.prototype.require = function (this: Module, id: string) {
    return id === "@azure/functions-core" ? core : require.call(this, id);
  };

  return {
    functions,
    model: () => model,
    hooks: (name) => hooks.get(name) ?? [],
    close: () => {
      closed = true;
    },
  };
}
