/** Where the parts of the local cloud are, as the Lab's server says. */
export interface Addresses {
  readonly functions: string;
  readonly issuer: string;
  /** The hub's address, with its name. */
  readonly hub: string;
  /** How people sign in. */
  readonly signIn: "tokens" | "platform";
}

export async function readAddresses(): Promise<Addresses> {
  const response = await fetch("/addresses");
  return response.json();
}
