const { app } = require("@azure/functions");

app.http("echo", {
  methods: ["GET", "POST"],
  route: "echo/{id}",
  handler: async (request, context) => ({
    jsonBody: {
      method: request.method,
      url: request.url,
      id: request.params.id,
      query: Object.fromEntries(request.query),
      headers: Object.fromEntries(request.headers),
      text: await request.text(),
      functionName: context.functionName,
      setting: process.env.GREETING,
    },
  }),
});
