import type { RequestListener } from "node:http";
import { end, endWith } from "./kestrel.ts";

/** Answers the routes that are the host's own: its home page, and those of its administration, which are closed. */
export function withHostPages(
  lines: readonly string[],
  deviceLab: string | undefined,
  next: RequestListener,
): RequestListener {
  return (request, response) => {
    const path = request.url?.replace(/\?.*/, "") ?? "";
    if (/^\/admin\/?$/i.test(path)) {
      end(response, 404);
    } else if (/^\/admin\//i.test(path)) {
      response.setHeader("www-authenticate", "Bearer");
      end(response, 401);
    } else if (/^\/runtime\/webhooks(\/|$)/i.test(path)) {
      end(response, 401);
    } else if (path === "/" && /^true$/i.test(process.env["AzureWebJobsDisableHomepage"] ?? "")) {
      end(response, 204);
    } else if (path === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      endWith(response, Buffer.from(homePage(lines, deviceLab)));
    } else {
      next(request, response);
    }
  };
}

function homePage(lines: readonly string[], deviceLab: string | undefined): string {
  const items = lines.map((line) => `<li>${line.replace(/[<&]/g, (c) => `&#${c.charCodeAt(0)};`)}`);
  const lab =
    deviceLab === undefined
      ? ""
      : `<p>See it work in the <a href="${deviceLab}">Device Lab</a>, with simulated phones.</p>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Functions host</title>
<h1>The local Functions host is running</h1>${lab}<p>Its functions:<ul>${items.join("\n")}</ul></html>
`;
}
