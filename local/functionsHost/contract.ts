import * as v from "valibot";

/*
 * What passes between `@azure/functions` 4 and the host. The library publishes no contract for it, so
 * whatever crosses is checked: a change in a later version fails with a sentence that says so, and not
 * somewhere behind it.
 */

type Callable<Result> = (...args: unknown[]) => Result;

const callable = <Result = unknown>() =>
  v.custom<Callable<Result>>((value) => typeof value === "function");

const nullable = <Item extends v.GenericSchema>(item: Item) =>
  v.nullish(v.looseObject({ value: v.nullish(item) }));

export const schemas = {
  /** What `registerFunction` is given. */
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
      }),
    ),
  }),
  /** What is called, or told of something: a function of the app, or a hook. */
  callback: callable(),
  /** What `setProgrammingModel` is given. */
  programmingModel: v.looseObject({
    name: v.string(),
    version: v.string(),
    getInvocationModel: callable(),
    getCapabilities: callable(),
  }),
  /** What `getInvocationModel` returns, one for each call of a function. */
  invocationModel: v.looseObject({
    getArguments: callable(),
    invokeFunction: callable(),
    getResponse: callable(),
  }),
  /** What `getArguments` resolves to. */
  invocationArguments: v.looseObject({
    context: v.looseObject({ invocationId: v.string() }),
    inputs: v.array(v.unknown()),
  }),
  /** What `getResponse` resolves to for an HTTP function. */
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
 * Passes on what crossed, or fails with a sentence that says that the contract has changed. The
 * value is passed on as it is: some of what crosses are instances of classes with private members.
 */
export function checkContract<Schema extends v.GenericSchema>(
  what: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success && v.is(schema, value)) return value;
  const at = result.issues?.map((issue) => v.getDotPath(issue) ?? "it").join(", ");
  throw new Error(
    `This version of @azure/functions does not fit local/functionsHost: ${what} has changed (see ${at}). ` +
      "The host was written for version 4.16; compare its contract.ts with the new version's sources.",
  );
}
