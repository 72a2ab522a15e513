/**
 * The `.funcignore` rules of the Azure Functions Core Tools, written from the behaviour of their parser and not
 * from git's: a pattern matches from the beginning of a path and needs no end, `*` stands for part of a name and
 * `**` for everything, the order does not matter, and `!` always wins.
 *
 * @param wordEnds whether a match must end between a letter or digit and something else, as in newer versions
 * @returns whether `func azure functionapp publish` uploads the file
 */
export function funcIgnore(rules: string, wordEnds: boolean): (path: string) => boolean {
  const lines = rules
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const matcher = (patterns: readonly string[]) => {
    if (patterns.length === 0) return () => false;
    const sources = patterns.map((pattern) =>
      pattern
        .replace(/^\//, "")
        .replace(/[-[\]/{}()+?.\\^$|]/g, "\\$&")
        .replaceAll("**", "(.+)")
        .replace(/\*/g, "([^\\/]+)"),
    );
    const pattern = new RegExp(`^((${sources.join(")|(")}))${wordEnds ? "\\b" : ""}`);
    return (path: string) => pattern.test(path);
  };
  const ignores = matcher(lines.filter((line) => !line.startsWith("!")));
  const keeps = matcher(lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1)));
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const directories = path.split("/").slice(0, -1);
    if (directories.some((directory) => directory === ".git" || directory === ".vscode"))
      return false;
    // The Core Tools never upload these files.
    if ([".funcignore", ".gitignore", "local.settings.json", "project.lock.json"].includes(name)) {
      return false;
    }
    return keeps(path) || !ignores(path);
  };
}
