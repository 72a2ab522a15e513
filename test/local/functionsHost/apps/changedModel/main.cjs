// Imitates a later library whose model lacks a method.
const core = require("@azure/functions-core");
core.setProgrammingModel({
  name: "@azure/functions",
  version: "5.0.0",
  getCapabilities: () => ({}),
});
