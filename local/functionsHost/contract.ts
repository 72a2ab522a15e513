import * as v from "valibot";

/*
 * The contract between `@azure/functions` 4 and the host. The library does not publish it, so the host
 * checks every value. If a later version changes the contract, the check fails with a clear error.
 */

type Callable<Result> = (...args: unknown[]) => Result;

const callable = <Result = unknown>() =>
  v.custom<Callable<Result>>((value) => typeof value === "function");

const nullable = <Item extends v.GenericSchema>(item: Item) =>
  v.nullish(v.looseObject({ value: v.nullish(item) }));

export const schemas = {
  /** The metadata that `registerFunction` receives. */
  functionMetadata: v.looseObject({
    name: v.string(),
    bindings: v.record(
      v.string(),
      v.looseObject({
        type: v.string(),
        direction: v.string(),
        route: v.optional(v.string()),
        methods: v.optional(v.array(v.string())),
        queueName: v.optional(v.string()),
        connection: v.optional(v.string()),
        authLevel: v.optional(v.string()),
      }),
    ),
  }),
  /** A function of the app, or a hook. */
  callback: callable(),
  /** The value that `setProgrammingModel` receives. */
  programmingModel: v.looseObject({
    name: v.string(),
    version: v.string(),
    getInvocationModel: callable(),
    getCapabilities: callable(),
  }),
  /** The result of `getInvocationModel`, one for each function call. */
  invocationModel: v.looseObject({
    getArguments: callable(),
    invokeFunction: callable(),
    getResponse: callable(),
  }),
  /** The result of `getArguments`. */
  invocationArguments: v.looseObject({
    context: v.looseObject({ invocationId: v.string() }),
    inputs: v.array(v.unknown()),
  }),
  /** The result of `getResponse` for an HTTP function. */
  httpResponse: v.looseObject({
    returnValue: v.nullish(
      v.looseObject({
        http: v.looseObject({
          statusCode: v.string(),
          headers: v.record(v.string(), v.string()),
          cookies: v.array(
            v.looseObject({
              name: v.string(),
              value: v.string(),
              domain: nullable(v.string()),
              path: nullable(v.string()),
              expires: nullable(v.looseObject({ seconds: v.number() })),
              secure: nullable(v.boolean()),
              httpOnly: nullable(v.boolean()),
              sameSite: v.nullish(v.string()),
              maxAge: nullable(v.number()),
            }),
          ),
          body: v.nullish(v.looseObject({ bytes: v.optional(v.instance(Uint8Array)) })),
        }),
      }),
    ),
  }),
};

export type FunctionMetadata = v.InferOutput<typeof schemas.functionMetadata>;
export type Callback = v.InferOutput<typeof schemas.callback>;
export type ProgrammingModel = v.InferOutput<typeof schemas.programmingModel>;
export type HttpResponse = v.InferOutput<typeof schemas.httpResponse>;

/**
 * Returns the value if it has the expected shape. It is the value itself and not a copy, because some values
 * are instances of classes with private members.
 *
 * @throws an Error that says how the contract has changed
 */
export function checkContract<Schema extends v.GenericSchema>(
  what: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  if (v.is(schema, value)) return value;
  const at = v
    .safeParse(schema, value)
    .issues?.map((issue) => v.getDotPath(issue) ?? "it")
    .join(", ");
  throw new Error(
    `This version of @azure/functions does not fit local/functionsHost: ${what} has changed (see ${at}). ` +
      "The host supports version 4.16. Compare its contract.ts with the sources of the new version.",
  );
}
