/**
 * Returns a function that loads a part of the app when it is first needed. A load that fails is logged with the file's
 * name, and tried again when the part is needed next.
 *
 * @param file the name of the part, for the log
 */
export function lazily<Part>(file: string, load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      const stack = error instanceof Error ? error.stack : undefined;
      process.stderr.write(
        `${JSON.stringify({ outcome: "load-failed", file, error: stack ?? typeof error })}\n`,
      );
      throw error;
    });
    return loading;
  };
}
