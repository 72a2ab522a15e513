import type { ValueType } from "../odata/expression.ts";
import type { NamedMember } from "../odata/parseFilter.ts";
import type { Content } from "../platforms/content.ts";
import type { Member, MemberValue, ValueOf } from "./member.ts";

/** The members of a table by their names, in the order of its answers. */
export type Members = Readonly<Record<string, Member>>;

/** A row of a table as its definition sees it: the id, and the members. */
export type RowOf<Of extends Members> = { readonly id: string } & {
  readonly [Name in keyof Of]: ValueOf<Of[Name]>;
};

/**
 * What the devices of a row's owner show when the row is inserted: as of a message (docs/api.md), such as `data` with which
 * the app opens the row.
 */
export interface RowAnnouncement extends Partial<Omit<Content, "title" | "text">> {
  /** 1 to 10,000 UTF-16 units; none if it is silent. */
  readonly text?: string;
  /** 1 to 200 UTF-16 units. `Push__title` by default. */
  readonly title?: string;
}

/** What an adopter writes of a table. */
export interface Definition<Of extends Members> {
  readonly members: Of;
  /** Members that a client may send and that have no effect. */
  readonly ignored?: readonly string[];
  /** The name of several rows, in names of functions such as `listTodoItems`. By default the name and an s. */
  readonly plural?: string;
  /** A body, for the contract. It has every required member. */
  readonly example: Readonly<Record<string, MemberValue>>;
  /**
   * Whether the owner's other devices are told of a row that is deleted: a mark without content stays for 30 days, for clients
   * that pull (`__includeDeleted`). A deletion then makes three calls to storage instead of one, and such a pull up to two more.
   */
  readonly softDelete?: boolean;
  /** Returns what the owner's devices show, or nothing to tell no device. Without it, no device is told of any row. */
  readonly announceInsert?: (row: RowOf<Of>) => RowAnnouncement | undefined;
}

/** The members of a new row, by name, in the order of the definition. */
export type NewMembers = Readonly<Record<string, MemberValue>>;

/** A table of the app. */
export interface Table {
  /** Of its route, of its storage table, and in the names of its functions. */
  readonly name: string;
  readonly plural: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly ignored: ReadonlySet<string>;
  readonly example: Readonly<Record<string, MemberValue>>;
  readonly softDelete: boolean;
  /** The types of everything that a row has: the system's members too, in the order of answers. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** The names of the types that are dates. */
  readonly dates: readonly string[];
  /** Everything that a query can name, by each name that clients write. */
  readonly queryMembers: ReadonlyMap<string, NamedMember>;
  /** Returns what the owner's devices show of a new row, if they are told. */
  readonly announce: (id: string, members: NewMembers) => RowAnnouncement | undefined;
}

/**
 * Defines a table. What is wrong with the definition is named when the app starts: see `checkTables.ts`.
 *
 * @param name the name of its route, `/tables/NAME`, and of its storage table
 */
export function defineTable<const Of extends Members>(
  name: string,
  definition: Definition<Of>,
): Table {
  const { members, ignored = [], plural = `${name}s`, example, announceInsert } = definition;
  const { softDelete = false } = definition;
  const all = Object.entries<Member>(members);

  /** Whether members have the types that the definition gives them in TypeScript. */
  function isRow(row: { readonly id: string }): row is RowOf<Of> {
    return all.every(([member, { is }]) => is(Reflect.get(row, member)));
  }

  const types = new Map<string, ValueType>([
    ["id", "string"],
    ...all.map(([member, { type }]) => [member, type] as const),
    ["createdAt", "date"],
    ["updatedAt", "date"],
    ["version", "string"],
  ]);

  return {
    name,
    plural,
    members: new Map(all),
    ignored: new Set(ignored),
    example,
    softDelete,
    types,
    queryMembers: queryMembersOf(types),
    dates: [...types].filter(([, type]) => type === "date").map(([member]) => member),
    announce(id, values) {
      const row = { id, ...values };
      if (!isRow(row)) throw new Error(`A row of ${name} does not have the types of its members.`);
      return announceInsert?.(row);
    },
  };
}

/** The system's members that clients of 2013 write with two underscores before them. */
const underscored = ["createdAt", "updatedAt", "version", "deleted"];

function queryMembersOf(types: ReadonlyMap<string, ValueType>): ReadonlyMap<string, NamedMember> {
  const named = new Map<string, NamedMember>();
  for (const [name, type] of [...types, ["deleted", "boolean"] as const]) {
    named.set(name, { name, type });
  }
  for (const name of underscored) {
    const member = named.get(name);
    const written = `__${name}`;
    if (member) named.set(written, member);
  }
  return named;
}
