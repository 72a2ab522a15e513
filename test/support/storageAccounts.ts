/** How many test files there may be, and how many stacks a file may start. */
const [files, stacks] = [300, 4];

/** The account of one stack of one test file, both counted; the tests' storage has them all. */
export function accountOf(file: number, stack: number): string {
  if (file > files || stack >= stacks) throw new Error("The tests' storage has too few accounts.");
  return `tests${file}x${stack}`;
}

export function allAccounts(): string[] {
  return Array.from({ length: files * stacks }, (_, index) =>
    accountOf(Math.floor(index / stacks) + 1, index % stacks),
  );
}
