/** The largest number of test processes, and of stacks that each process may start. */
const [workers, stacks] = [12, 60];

/** Returns the account of a stack, by the numbers of its process (from 1) and the stack (from 0). */
export function accountOf(worker: number, stack: number): string {
  if (worker > workers || stack >= stacks)
    throw new Error(
      "The tests' storage has too few accounts. Raise the limits in storageAccounts.ts.",
    );
  return `tests${worker}x${stack}`;
}

export function allAccounts(): string[] {
  return Array.from({ length: workers * stacks }, (_, index) =>
    accountOf(Math.floor(index / stacks) + 1, index % stacks),
  );
}
