import { hash } from "node:crypto";
import type { HttpResponseInit } from "@azure/functions";
import { answerHeaders } from "./answer.ts";

/**
 * Says how a sign-in ended. Only the browser knows: the token or the error is in the fragment of the address, which
 * no server sees. The texts are set as text, so nothing in the fragment can become a part of the page.
 */
const script = `
const [, kind, value] = /^#(token|error)=(.*)$/.exec(location.hash) ?? [];
let sentence = "This page ends a sign-in. Its address has no token.";
try {
  const text = decodeURIComponent(value);
  if (kind === "error") sentence = "You are not signed in: " + text;
  if (kind === "token") sentence = "You are signed in as " + JSON.parse(text).user.userId + ".";
} catch {
  if (kind) sentence = "The sign-in gave an answer that this page cannot read.";
}
document.querySelector("p").textContent = sentence + " You can close this window.";
`;

/** Returns the page at which a browser's sign-in ends. It loads nothing and sends no referrer. */
export function signInPage(): HttpResponseInit {
  const digest = hash("sha256", script, "base64");
  return {
    status: 200,
    headers: answerHeaders("text/html", {
      "Content-Security-Policy": `default-src 'none'; script-src 'sha256-${digest}'; frame-ancestors 'none'`,
      "Referrer-Policy": "no-referrer",
    }),
    body: `<!doctype html><html lang="en"><title>notify-users</title><p>The sign-in has ended.</p><script>${script}</script></html>`,
  };
}
