import type { HttpResponse } from "./contract.ts";

type Cookie = NonNullable<HttpResponse["returnValue"]>["http"]["cookies"][number];

const sameSites: Readonly<Record<string, string>> = {
  lax: "Lax",
  strict: "Strict",
  explicitNone: "None",
};

/** Formats a response cookie as the value of a `Set-Cookie` header (RFC 6265, section 4.1). */
export function setCookie(cookie: Cookie): string {
  const { domain, path, expires, maxAge, secure, httpOnly, sameSite } = cookie;
  const attributes = [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    expires?.value && `Expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    typeof maxAge?.value === "number" && `Max-Age=${maxAge.value}`,
    domain?.value && `Domain=${domain.value}`,
    path?.value && `Path=${path.value}`,
    secure?.value && "Secure",
    httpOnly?.value && "HttpOnly",
    sameSite && sameSites[sameSite] && `SameSite=${sameSites[sameSite]}`,
  ];
  return attributes.filter(Boolean).join("; ");
}
