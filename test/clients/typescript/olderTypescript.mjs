import { registerHooks } from "node:module";

// Lets a generator find the TypeScript of the clients' workspace: it does not run on the one of the repository.

const client = new URL("../../../clients/typescript/package.json", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === "typescript" ? { ...context, parentURL: client } : context),
});
