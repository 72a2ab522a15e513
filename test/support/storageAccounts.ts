/** How many processes the tests may run in, and how many stacks they may start in one of them. */
const [workers, stacks] = [12, 60];

/** The account of one stack of one process, both counted; the tests' storage has them all. */
export function accountOf(worker: number, stack: number): string {
  if (worker > workers || stack >= stacks)
    throw new Error("The tests' storage has too few accounts.");
  return `tests${worker}x${stack}`;
}

export function allAccounts(): string[] {
  return Array.from({ length: workers * stacks }, (_, index) =>
    accountOf(Math.floor(index / stacks) + 1, index % stacks),
  );
}
