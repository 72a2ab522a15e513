/** A policy that lets the JavaScript client of Azure use plain http, which it refuses otherwise. */
export const allowInsecureConnection = {
  position: "perCall",
  policy: {
    name: "allowInsecureConnection",
    sendRequest<Request extends { allowInsecureConnection?: boolean }, Response>(
      request: Request,
      next: (request: Request) => Promise<Response>,
    ): Promise<Response> {
      request.allowInsecureConnection = true;
      return next(request);
    },
  },
} as const;
