import { functionNames } from "../src/rows/functionNames.ts";
import type { Member, MemberValue } from "../src/rows/member.ts";
import type { Table } from "../src/rows/table.ts";

/** A part of docs/openapi.yaml. */
type Part = Readonly<Record<string, unknown>>;

const ref = (path: string) => ({ $ref: `#/components/${path}` });
const response = (name: string) => ref(`responses/${name}`);
const json = (schema: unknown, more: Part = {}) => ({ "application/json": { schema, ...more } });

/** The names of a table's schemas. */
function schemaNames({ name }: Table) {
  return {
    row: name,
    newRow: `New${name}`,
    changes: `${name}Changes`,
    selected: `Selected${name}`,
    counted: `Counted${name}`,
  };
}

/** A row, for the examples. */
function exampleRow({ example, members }: Table): Part {
  const values = [...members].map(([name, { absent }]): [string, MemberValue] => [
    name,
    example[name] ?? (absent.kind === "value" ? absent.value : null),
  ]);
  return {
    id: "example",
    ...Object.fromEntries(values),
    createdAt: "2026-11-25T04:28:12.062Z",
    updatedAt: "2026-11-25T04:28:12.062Z",
    version: "Vy8iZGF0ZXRpbWUn",
  };
}

/** Returns the schemas of a table, for `components.schemas`. */
export function schemasOf(table: Table): Part {
  const names = schemaNames(table);
  const members = [...table.members];
  const schemas = (of: (member: Member) => unknown) =>
    Object.fromEntries(members.map(([name, member]) => [name, of(member)]));
  const shown = {
    id: ref("schemas/ItemId"),
    ...schemas(shownSchema),
    createdAt: { type: "string", format: "date-time" },
    updatedAt: {
      type: "string",
      format: "date-time",
      description:
        "The time of the last write, with seven digits of a second. Of two items of a caller, the one that was written later has the later time.",
    },
    version: {
      type: "string",
      description: "Changes with every write. In quotes, it is the entity tag.",
    },
  };
  const required = members.flatMap(([name, { absent }]) =>
    absent.kind === "required" ? [name] : [],
  );
  const ignored = ["createdAt", "updatedAt", "version", ...table.ignored].map(
    (name) => `\`${name}\``,
  );
  return {
    [names.newRow]: {
      type: "object",
      ...(required.length > 0 && { required }),
      description: `An item to insert. ${ignored.join(", ")} have no effect.`,
      properties: {
        id: {
          description: "Without one, or with an empty one, null or 0, the app generates it.",
          anyOf: [ref("schemas/ItemId"), { enum: ["", 0, null] }],
        },
        ...schemas(({ schema }) => schema),
      },
    },
    [names.changes]: {
      type: "object",
      description: "The members to change. Others that a client echoes back have no effect.",
      properties: schemas(({ schema: { default: _, ...schema } }) => schema),
    },
    [names.row]: { type: "object", required: Object.keys(shown), properties: shown },
    [names.selected]: {
      type: "object",
      description: table.softDelete
        ? "An item, or those of its members that `$select` names. With `__includeDeleted=true`, also what is left of a deleted one."
        : "An item, or those of its members that `$select` names.",
      properties: {
        ...shown,
        ...(table.softDelete && {
          deleted: {
            type: "boolean",
            description:
              "With `__includeDeleted=true`: whether the item is deleted, and then it has but `id`, `updatedAt` and `version`.",
          },
        }),
      },
      // A member of the app is named as the client names it.
      patternProperties: { "^__(?:createdAt|updatedAt|version|deleted)$": {} },
    },
    [names.counted]: {
      type: "object",
      required: ["count", "results"],
      properties: {
        count: {
          type: "integer",
          minimum: 0,
          description: "The number of all items that pass the filter.",
        },
        results: { type: "array", items: ref(`schemas/${names.selected}`) },
        nextLink: {
          type: "string",
          description: "The address of the next page, as in `Link`, if there may be one.",
        },
      },
    },
  };
}

/** A row may hold a value from before its rule was tightened, so an answer promises the type alone. */
function shownSchema({ isOptional, schema: { type } }: Member): unknown {
  const [alone] = Array.isArray(type) ? type : [type];
  return { type: isOptional ? [alone, "null"] : alone };
}

const queryOptions: readonly Part[] = [
  {
    name: "$filter",
    description:
      "A condition on the members of an item, in OData's language: `eq ne gt ge lt le`, `and or not`, `add sub mul div mod`, parentheses and functions (docs/api.md).",
    schema: { type: "string" },
  },
  {
    name: "$orderby",
    description:
      "Members, each optionally with `asc` or `desc`, separated by commas. `id` by default.",
    schema: { type: "string" },
    example: "createdAt desc",
  },
  {
    name: "$top",
    description: "The most items to list, over all pages. Above 100, a page has up to 1,000.",
    schema: { type: "integer", minimum: 0 },
  },
  {
    name: "$skip",
    description: "How many items to leave out at the beginning.",
    schema: { type: "integer", minimum: 0 },
  },
  {
    name: "$select",
    description: "The members to show, separated by commas. All by default.",
    schema: { type: "string" },
  },
  {
    name: "$inlinecount",
    description:
      "With `allpages`, the answer is an object with the count of all items that pass the filter.",
    schema: { enum: ["allpages", "none"] },
  },
  {
    name: "$skiptoken",
    description: "The place where a page begins. Only links contain it.",
    schema: { type: "string" },
  },
].map((option) => ({ in: "query", ...option }));

const includeDeleted = {
  ...{ in: "query", name: "__includeDeleted" },
  description: "With `true`, the list has what is left of deleted items too, for 30 days.",
  schema: { type: "string" },
};

const ofStorage = {
  "502": response("StorageRefusesApp"),
  "503": response("StorageUnavailable"),
  default: response("HostAnswer"),
};
const ofBody = { "413": response("BodyTooLarge"), "415": response("NotJson") };
const ofWrite = { "429": response("TooManyRequests"), ...ofStorage };
const ofCaller = { "400": response("InvalidRequest"), "401": response("NotSignedIn") };

/** The body of a problem. */
function problemOf(name: string, title: string, status: number, detail: string): Part {
  const type = `urn:problem-type:notify-users:${name}`;
  const schema = { allOf: [ref("schemas/Problem"), { properties: { type: { enum: [type] } } }] };
  const example = { type, title, status, detail, error: detail };
  return { "application/problem+json": { schema, example } };
}

/** Returns the paths of a table. `x-function` names the file in src/functions/, which serves every table. */
export function pathsOf(table: Table): Part {
  const names = functionNames(table);
  const schemas = schemaNames(table);
  const path = `/tables/${table.name}`;
  const row = exampleRow(table);
  const { id: exampleId } = row;
  const answer = (description: string) => ({
    description,
    headers: { ETag: ref("headers/ETag") },
    content: json(ref(`schemas/${schemas.row}`), { example: row }),
  });
  const taken = {
    description:
      "Another item has this id. A request with `ZUMO-API-VERSION` gets that item, as the libraries that send it expect.",
    content: {
      ...problemOf("id-taken", "Conflict", 409, "Another item has this id."),
      ...json(ref(`schemas/${schemas.row}`), { example: row }),
    },
    headers: {
      ETag: {
        description: "The version of that item, in quotes.",
        schema: { type: "string" },
      },
    },
  };
  const changed = answer(
    "The item has none of the versions in `If-Match`. The body is the current item.",
  );
  const changeExample = Object.fromEntries(Object.entries(table.example).slice(0, 1));
  return {
    [path]: {
      post: {
        operationId: names.insert,
        "x-function": "insertRow",
        tags: ["items"],
        summary: "Insert an item, and notify its owner's devices as the table says.",
        description:
          "With an `id` of the client's own it is safe to repeat: the same id and content answer like the first time and notify no device twice.",
        requestBody: {
          required: true,
          content: json(ref(`schemas/${schemas.newRow}`), {
            example: { id: exampleId, ...table.example },
          }),
        },
        responses: {
          "201": {
            ...answer("The item."),
            headers: {
              ETag: ref("headers/ETag"),
              Location: {
                description: "The item's path.",
                required: true,
                schema: { type: "string" },
                example: `${path}/${exampleId}`,
              },
            },
          },
          ...ofCaller,
          "409": taken,
          ...ofBody,
          ...ofWrite,
        },
      },
      get: {
        operationId: names.list,
        "x-function": "listRows",
        tags: ["items"],
        summary: "List the caller's items, in pages.",
        description:
          "A page has at most 100 items, or as many as `$top` asks for, up to 1,000. If there may be more, `Link` has the address of the next page. A client that follows the links sees every item exactly once, unless items change meanwhile.",
        parameters: table.softDelete ? [...queryOptions, includeDeleted] : queryOptions,
        responses: {
          "200": {
            description: "A page of items.",
            headers: {
              Link: {
                description:
                  "The address of the next page, relative to the functions' address (RFC 8288). For a request with `ZUMO-API-VERSION` it is absolute, and stands without brackets and quotes.",
                schema: { type: "string" },
                example: `<${path}?$skiptoken=eyJ>; rel="next"`,
              },
            },
            content: json(
              {
                anyOf: [
                  { type: "array", items: ref(`schemas/${schemas.selected}`) },
                  ref(`schemas/${schemas.counted}`),
                ],
              },
              {
                examples: {
                  page: { value: [row] },
                  counted: { value: { count: 1, results: [row] } },
                },
              },
            ),
          },
          "400": response("InvalidList"),
          "401": response("NotSignedIn"),
          ...ofWrite,
          "503": response("ListUnavailable"),
        },
      },
    },
    [`${path}/{id}`]: {
      parameters: [
        {
          name: "id",
          in: "path",
          required: true,
          description: "The item's id.",
          schema: ref("schemas/ItemId"),
          example: exampleId,
        },
      ],
      get: {
        operationId: names.get,
        "x-function": "getRow",
        tags: ["items"],
        summary: "Get one of the caller's items.",
        parameters: [
          {
            name: "If-None-Match",
            in: "header",
            description: "The answer is 304 if the item has one of these versions.",
            schema: { type: "string" },
          },
        ],
        responses: {
          "200": answer("The item."),
          "304": {
            description: "The item has the version that the client has.",
            headers: { ETag: ref("headers/ETag") },
          },
          ...ofCaller,
          "404": response("NoSuchItem"),
          ...ofStorage,
        },
      },
      patch: {
        operationId: names.update,
        "x-function": "updateRow",
        tags: ["items"],
        summary: "Change one of the caller's items.",
        description: "The members that the body does not name keep what they are.",
        parameters: [ref("parameters/IfMatch")],
        requestBody: {
          required: true,
          content: json(ref(`schemas/${schemas.changes}`), { example: changeExample }),
        },
        responses: {
          "200": answer("The item."),
          ...ofCaller,
          "404": response("NoSuchItemToChange"),
          "412": changed,
          ...ofBody,
          ...ofWrite,
        },
      },
      delete: {
        operationId: names.delete,
        "x-function": "deleteRow",
        tags: ["items"],
        summary: "Delete one of the caller's items.",
        parameters: [ref("parameters/IfMatch")],
        responses: {
          "204": { description: "The item is deleted." },
          ...ofCaller,
          "404": response("NoSuchItem"),
          "412": changed,
          ...ofWrite,
        },
      },
    },
  };
}
