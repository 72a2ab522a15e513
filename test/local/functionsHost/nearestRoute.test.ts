import { expect, test } from "vitest";
import { nearestRoute } from "../../../local/functionsHost/nearestRoute.ts";

const routes = [
  { route: "/api/health", methods: ["GET"] },
  { route: "/api/register_notifications", methods: ["POST"] },
  { route: "/api/register_notifications/{id}", methods: ["DELETE"] },
  { route: "/tables/TodoItem", methods: ["GET"] },
  { route: "/tables/TodoItem", methods: ["POST"] },
  { route: "/tables/TodoItem/{id}", methods: ["GET"] },
];

test.each([
  ["POST", "/tables/TodoItems", "POST /tables/TodoItem"],
  ["POST", "/api/tables/TodoItem", "POST /tables/TodoItem"],
  ["GET", "/health", "GET /api/health"],
  ["GET", "/api/register_notifications", "POST /api/register_notifications"],
  ["DELETE", "/api/register-notifications/a-secret-id", "DELETE /api/register_notifications/{id}"],
  ["GET", `/${"x".repeat(100_000)}`, "POST /api/register_notifications"],
])("%s %s has no function, and the nearest route is %s", (method, path, nearest) => {
  expect(nearestRoute(method, path, routes)).toMatch(
    path.length > 1_000 ? /^[A-Z]+ \/\w+/ : nearest,
  );
});

test("without a function there is none", () => {
  expect(nearestRoute("GET", "/api/health", [])).toBe("none");
});
