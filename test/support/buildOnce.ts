import { buildApp } from "../../build.ts";

/** Every test runs against the built app, so it is built before the first of them. */
export async function setup(): Promise<void> {
  await buildApp();
}
