/**
 * `current`: the service of today. `2022`: the service until 2022, with the headers `ETag` and `Content-Location`, other
 * notification ids, details in a 404, and lists by tag in order of creation.
 */
export type ServiceVersion = "current" | "2022";
