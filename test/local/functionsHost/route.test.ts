import { expect, test } from "vitest";
import { decodePath, readRoute } from "../../../local/functionsHost/route.ts";

test.each([
  ["/api/health", "/API/Health", {}],
  ["/api/health", "/api/health/", {}],
  ["/api/health", "/api/healthy", undefined],
  ["/api/health", "/x/api/health", undefined],
  ["/tables/{id}", "/tables/a%20b", { id: "a b" }],
  ["/tables/{id}", "/tables/a%2Fb", { id: "a%2Fb" }],
  ["/tables/{id}", "/tables/%zz", { id: "%zz" }],
  ["/api/health", "/%61pi/h%45alth", {}],
  ["/api/health", "/x/../api/./health", {}],
  ["/api/health", "/x/%2e%2e/api/health", {}],
  ["/tables/{id}", "/tables/a\\b", { id: "a\\b" }],
  ["/tables/{id}", "/tables", undefined],
  ["/tables/{id}", "/tables/a/b", undefined],
  ["/tables/{id?}", "/tables", {}],
  ["/files/{*rest}", "/files/a/b", { rest: "a/b" }],
  ["/files/{*rest}", "/files", {}],
  ["/a.b", "/axb", undefined],
])("the route %s reads %s as %j", (template, path, parameters) => {
  expect(readRoute(template)(decodePath(path))).toEqual(parameters);
});

test.each(["/{id:int}", "/{a}-{b}", "/{id?}/x", "/{*rest}/x"])("refuses %s", (template) => {
  expect(() => readRoute(template)).toThrow(/The route segment ".*"/);
});
