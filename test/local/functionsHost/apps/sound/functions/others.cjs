const { app } = require("@azure/functions");

app.http("throws", {
  handler: async () => {
    throw new Error("an error in the app");
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
// The host tries "aFirst" before "bLiteral", in order of their names, although bLiteral's route is a literal.
app.http("bLiteral", { route: "order/literal", handler: async () => ({ body: "literal" }) });
app.http("aFirst", { route: "order/{any}", handler: async () => ({ body: "parameter" }) });

app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === "hooked") {
    context.functionHandler = async () => ({ body: "from the hook" });
  }
});
app.http("hooked", { handler: async () => ({ body: "from the function" }) });
app.http("empty", {
  handler: async () => ({ body: "", headers: { "content-type": "text/plain" } }),
});
app.http("keyed", { authLevel: "function", handler: async () => ({ body: "open" }) });
app.http("logs", {
  handler: async (_, context) => {
    console.log("one line\nand another");
    console.log("an error on stdout");
    console.warn("a warning");
    console.error("a note on stderr");
    context.log("to the context");
    context.log("a message for the hook");
    context.warn("a warning to the context");
    console.error("a severe problem");
  },
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === "forgiven") context.error = null;
});
app.http("forgiven", {
  handler: async () => {
    throw new Error("an error that a hook forgives");
  },
});
app.hook.log?.((entry) => {
  if (entry.message === "a message for the hook") entry.message = "changed by the hook";
});
