/** The users on the page. Other users type their name. */
const people = ["alice", "bob", "carol"];

/**
 * Returns the page to pick the user to sign in as. Its forms send the parameters of the request and
 * `username`, or `cancel`, to the same address.
 *
 * @param asked the parameters of the request
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
<p>The local issuer simulates ${inHtml(asked.get("client_id") ?? "the provider")}.</p>
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
