import { refuse } from "../cli/options.ts";

/**
 * Returns the address of the functions in `--url`, without slashes at the end. If it is none, says what is meant, and ends the
 * process.
 */
export function readUrl(url: string | undefined, usage: string): string {
  if (url === undefined) refuse("--url must be the address of the functions.", usage);
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "");
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/i.test(url);
  const meant = `${isLocal ? "http" : "https"}://${url.replace(/^\w*:?\/\//, "")}`;
  const hint = URL.canParse(meant) ? `, such as ${meant}` : "";
  return refuse(`--url must begin with https:// or http://${hint}.`, usage);
}
