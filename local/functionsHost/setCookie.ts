import type { HttpResponse } from "./contract.ts";

type Cookie = NonNullable<HttpResponse["returnValue"]>["http"]["cookies"][number];

const sameSites: Readonly<Record<string, string>> = {
  lax: "lax",
  strict: "strict",
  explicitNone: "none",
};

/** Formats a response cookie like ASP.NET (`SetCookieHeaderValue`), which writes its attributes in lower case. */
export function setCookie(cookie: Cookie): string {
  const { domain, path, expires, maxAge, secure, httpOnly, sameSite } = cookie;
  const attributes = [
    `${cookie.name}=${escapeData(cookie.value)}`,
    expires?.value && `expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    typeof maxAge?.value === "number" && `max-age=${Math.trunc(maxAge.value)}`,
    domain?.value && `domain=${domain.value}`,
    `path=${path?.value || "/"}`,
    secure?.value && "secure",
    sameSite && sameSites[sameSite] && `samesite=${sameSites[sameSite]}`,
    httpOnly?.value && "httponly",
  ];
  return attributes.filter(Boolean).join("; ");
}

/** Escapes like `Uri.EscapeDataString`, which leaves fewer characters than `encodeURIComponent`. */
function escapeData(text: string): string {
  return encodeURIComponent(text).replace(
    /[!*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
