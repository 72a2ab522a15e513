// Prints how long it takes to load a bundle of a function app in this process, in milliseconds.
import Module from "node:module";
import { pathToFileURL } from "node:url";

class Disposable {}
const core = {
  version: "3.13.0",
  hostVersion: "4.1037.0",
  Disposable,
  registerFunction: () => new Disposable(),
  setProgrammingModel: () => {},
  getProgrammingModel: () => undefined,
  registerHook: () => new Disposable(),
  log: () => {},
};
const require = Module.prototype.require;
Module.prototype.require = function (this: Module, id: string) {
  return id === "@azure/functions-core" ? core : require.call(this, id);
};

const file = pathToFileURL(process.argv[2] ?? "").href;
const began = performance.now();
await import(file);
process.stdout.write(`${performance.now() - began}\n`);
process.exit(0);
