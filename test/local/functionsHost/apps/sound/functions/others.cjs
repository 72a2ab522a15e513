const { app } = require("@azure/functions");

app.http("throws", {
  handler: async () => {
    throw new Error("a fault of the app's");
  },
});
app.http("nothing", { handler: async () => undefined });
app.http("cookies", {
  handler: async () => ({
    body: new Uint8Array([0, 255]),
    headers: { "x-powered-by": "fixture" },
    cookies: [
      { name: "a", value: "1", path: "/", httpOnly: true, sameSite: "Lax", maxAge: 0 },
      { name: "b", value: "ü;", secure: true, sameSite: "None" },
    ],
  }),
});
// By their names, "aFirst" is tried before "bLiteral", although the latter's route is a literal.
app.http("bLiteral", { route: "order/literal", handler: async () => ({ body: "literal" }) });
app.http("aFirst", { route: "order/{any}", handler: async () => ({ body: "parameter" }) });

app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === "hooked") {
    context.functionHandler = async () => ({ body: "from the hook" });
  }
});
app.http("hooked", { handler: async () => ({ body: "from the function" }) });
