/** The addresses of all services, which `npm run local -- --json` prints. */
export interface StackAddresses {
  /** Absent if the Functions host was not started. */
  readonly functions?: string;
  readonly issuer: string;
  readonly hub: { readonly connectionString: string; readonly name: string; readonly url: string };
  /** A connection string. */
  readonly storage: string;
  /** Absent if it was not started. */
  readonly deviceLab?: string;
}
