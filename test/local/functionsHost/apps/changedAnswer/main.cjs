// Imitates a later library whose responses have another shape.
const core = require("@azure/functions-core");
core.setProgrammingModel({
  name: "@azure/functions",
  version: "5.0.0",
  getCapabilities: () => ({}),
  getInvocationModel: ({ invocationId }) => ({
    getArguments: async () => ({ context: { invocationId }, inputs: [] }),
    invokeFunction: async () => "result",
    getResponse: async () => ({ returnValue: { http: { status: 200 } } }),
  }),
});
core.registerFunction(
  { name: "f", bindings: { trigger: { type: "httpTrigger", direction: "in", route: "f" } } },
  () => {},
);
