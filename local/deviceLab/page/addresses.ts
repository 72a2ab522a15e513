import type { NewRowOf, TableName } from "../../../clients/typescript/client.ts";

/** Where the parts of the local cloud are, as the Lab's server says. */
export interface Addresses {
  readonly functions: string;
  readonly issuer: string;
  /** The hub's address, with its name. */
  readonly hub: string;
  /** How people sign in. */
  readonly signIn: "tokens" | "platform";
  /** The tables of the app, each with a body that it accepts. */
  readonly tables: readonly TableExample[];
}

export interface TableExample {
  readonly name: TableName;
  readonly example: NewRowOf<TableName>;
}

export async function readAddresses(): Promise<Addresses> {
  const response = await fetch("/addresses");
  return response.json();
}
