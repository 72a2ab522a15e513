/** Who is on the page; anybody else signs in by typing a name. */
const people = ["alice", "bob", "carol"];

/**
 * The page on which whoever opens it picks the person to sign in as. It sends what it was asked with,
 * and `username`, to the same address; without a `username` it asks again.
 *
 * @param asked the parameters of the request, which the answer repeats
 */
export function peoplePage(asked: URLSearchParams): string {
  const kept = [...asked].filter(([name]) => name !== "username");
  const hidden = kept.map(
    ([name, value]) => `<input type="hidden" name="${inHtml(name)}" value="${inHtml(value)}">`,
  );
  const buttons = people.map((name) => `<button name="username" value="${name}">${name}</button>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<style>body{font:1rem system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}
button,input{font:inherit;padding:.5rem 1rem;margin:.25rem 0}</style>
<h1>Who are you?</h1>
<p>The issuer of the local stack plays ${inHtml(asked.get("client_id") ?? "the provider")}.</p>
<form>${hidden.join("")}${buttons.join(" ")}</form>
<form>${hidden.join("")}<input name="username" aria-label="Another name" required maxlength="255">
<button>Sign in</button></form>
<form>${hidden.join("")}<button name="cancel" value="1">Cancel</button></form>
</html>
`;
}

function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
