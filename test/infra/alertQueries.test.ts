import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { HttpRequest, InvocationContext } from "@azure/functions";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { logOutcome, type Outcome } from "../../src/delivery/outcomes.ts";
import { registerNotifications } from "../../src/functions/registerNotifications.ts";

const alertRule = v.object({
  type: v.literal("Microsoft.Insights/scheduledQueryRules"),
  name: v.string(),
  properties: v.object({
    criteria: v.object({ allOf: v.tuple([v.object({ query: v.string() })]) }),
  }),
});

/** The alerts' queries, by the name of the alert, from a snapshot that npm run check:infra keeps current. */
const queries = new Map(
  v
    .parse(
      v.object({ predictedResources: v.array(v.unknown()) }),
      JSON.parse(
        readFileSync(join(import.meta.dirname, "../../infra/snapshots/everything.json"), "utf8"),
      ),
    )
    .predictedResources.filter((resource) => v.is(alertRule, resource))
    .map(({ name, properties }) => [
      name.replace(/-[a-z0-9]{13}$/, ""),
      properties.criteria.allOf[0].query,
    ]),
);

/**
 * The columns that the queries may use, of the tables that Application Insights fills:
 * https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces, apprequests and appexceptions.
 */
const tables = {
  AppTraces:
    "(TimeGenerated: datetime, Message: string, SeverityLevel: int, OperationId: string, OperationName: string, AppRoleName: string, AppRoleInstance: string, Properties: dynamic)",
  AppRequests:
    "(TimeGenerated: datetime, Name: string, Url: string, Success: bool, ResultCode: string, DurationMs: real, OperationId: string, OperationName: string, AppRoleName: string, Properties: dynamic)",
  AppExceptions:
    "(TimeGenerated: datetime, Message: string, OuterMessage: string, InnermostMessage: string, ExceptionType: string, ProblemId: string, SeverityLevel: int, OperationId: string, AppRoleName: string, Details: dynamic, Properties: dynamic)",
};

/** The part of Microsoft's parser of Kusto queries that this test uses. It is a global of two scripts. */
declare const Kusto: {
  readonly Language: {
    readonly Symbols: {
      readonly TableSymbol: { From(schema: string): { WithName(name: string): object } };
      readonly DatabaseSymbol: {
        readonly $ctor3: new (name: string, other: null, members: object[]) => object;
      };
    };
    readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
    readonly KustoCode: {
      ParseAndAnalyze(
        query: string,
        globals: object,
      ): {
        readonly Syntax: object;
        GetDiagnostics(): {
          readonly Count: number;
          getItem(index: number): { readonly Message: string };
        };
      };
    };
    readonly Syntax: {
      readonly SyntaxElement: {
        WalkNodes(
          root: object,
          visit: (node: { readonly Kind: number; readonly LiteralValue: string }) => void,
        ): void;
      };
      readonly SyntaxKind: { readonly StringLiteralExpression: number };
    };
  };
};

for (const file of [
  import.meta.resolve("@kusto/language-service-next/bridge.js"),
  import.meta.resolve("@kusto/language-service-next/Kusto.Language.Bridge.js"),
]) {
  const path = fileURLToPath(file);
  runInThisContext(readFileSync(path, "utf8"), { filename: path });
}
const { Symbols, GlobalState, KustoCode, Syntax } = Kusto.Language;
const globals = GlobalState.Default.WithDatabase(
  new Symbols.DatabaseSymbol.$ctor3(
    "workspace",
    null,
    Object.entries(tables).map(([name, columns]) =>
      Symbols.TableSymbol.From(columns).WithName(name),
    ),
  ),
);

/** Returns what the parser says against a query, and the texts in it. */
function analyze(query: string): { faults: string[]; texts: string[] } {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const diagnostics = code.GetDiagnostics();
  const faults = Array.from(
    { length: diagnostics.Count },
    (_, index) => diagnostics.getItem(index).Message,
  );
  const texts: string[] = [];
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    if (node.Kind === Syntax.SyntaxKind.StringLiteralExpression) texts.push(node.LiteralValue);
  });
  return { faults, texts };
}

/** Lines that the app writes, made by its own code. */
async function linesOfTheApp(): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
  };
  const log = { info: write, warn: write, error: write };
  const outcomes: Outcome[] = [
    "expired",
    "poisoned",
    "dropped",
    "circuit-open",
    "credentials-refused",
    "sending-off",
  ];
  for (const outcome of outcomes) logOutcome(log, outcome, { itemId: "x", platform: "apns" });

  const { handler } = registerNotifications(
    {
      authenticate: async () => ({ kind: "user", userId: "tests:alice" }),
      takeWrite: async () => 0,
    },
    async () => ({ kind: "credentials", status: 401 }),
    [],
  );
  const request = new HttpRequest({
    method: "POST",
    url: "http://127.0.0.1/api/register_notifications",
    headers: { "content-type": "application/json", "x-zumo-installation-id": "a" },
    body: { string: JSON.stringify({ platform: "apns", deviceToken: "0".repeat(64) }) },
  });
  await handler(request, new InvocationContext({ logHandler: (_, line) => write(String(line)) }));
  return lines;
}

/** What the worker and the host write, read in their public sources. */
const linesOfTheHost = [
  'Worker was unable to load entry point "dist/app/main.mjs": The app settings are not valid: …',
  "Worker failed to index functions",
  "Message has reached MaxDequeueCount of 100. Moving message to queue 'notifications-poison'.",
];

test("there is a query for each alert on the logs", () => {
  expect([...queries.keys()].sort()).toEqual([
    "circuit-open",
    "failed-requests",
    "hub-credentials-refused",
    "not-loaded",
    "poison-queue",
    "sending-off",
  ]);
});

describe.each([...queries])("the query of the alert %s", (_, query) => {
  test("is valid, and names only columns that its tables have", () => {
    expect(analyze(query).faults).toEqual([]);
  });

  test("looks for texts that the app or its host writes", async () => {
    const lines = [...(await linesOfTheApp()), ...linesOfTheHost];
    for (const text of analyze(query).texts) {
      expect(lines.filter((line) => line.includes(text))).not.toEqual([]);
    }
  });
});

test("the parser refuses a column that no table has", () => {
  expect(analyze("AppTraces | where Mesage contains 'x'").faults).toEqual([
    expect.stringContaining("'Mesage' does not refer to any known column"),
  ]);
});
