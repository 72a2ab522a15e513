/** Returns the median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Returns a quantile: 0.99 is the value that 99 of 100 do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** What a benchmark found: figures by name, and the lines that a person reads. */
export interface Findings {
  readonly figures: Readonly<Record<string, number>>;
  readonly lines: readonly string[];
}

export interface BenchOptions {
  /** Whether to use small counts, so that all benchmarks together take a minute. */
  readonly quick: boolean;
  /** Shows how far the benchmark is. */
  readonly progress: (what: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<Findings>;
