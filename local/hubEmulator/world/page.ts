/**
 * The emulator's own page: what reached devices, what was asked, registrations and faults. It uses only what
 * `_emulator` offers.
 */
export const pageFiles: Readonly<Record<string, { readonly type: string; readonly text: string }>> =
  {
    "": {
      type: "text/html",
      text: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Notification hub</title>
<link rel="stylesheet" href="page.css">
<header><h1>Notification hub</h1><p id="state" role="status">connecting …</p>
<button id="reset" type="button">Delete everything</button></header>
<main>
<section aria-labelledby="d"><h2 id="d">Deliveries</h2><p class="none">Nothing has reached a device yet.</p><ol id="deliveries"></ol></section>
<section aria-labelledby="r"><h2 id="r">Requests</h2><p class="none">No client has asked yet.</p><ol id="requests"></ol></section>
<section aria-labelledby="g"><h2 id="g">Registrations</h2>
<form id="find"><label>Tag <input name="tag"></label> <label>Handle <input name="handle"></label> <button>Find</button></form>
<p id="total"></p><ol id="registrations"></ol></section>
<section aria-labelledby="f"><h2 id="f">Faults</h2><form id="faults">
<label for="rules">Rules, as JSON</label><textarea id="rules" rows="4" spellcheck="false">[]</textarea>
<p><button>Set</button> <span id="fault" role="alert"></span></p></form></section>
</main>
<script type="module" src="page.js"></script>
</html>
`,
    },
    "page.css": {
      type: "text/css",
      text: `:root{color-scheme:light dark;--paper:light-dark(#f6f5f2,#17181b);--card:light-dark(#fff,#212328);--ink:light-dark(#1c1d20,#ecebe7);--soft:light-dark(#5c5f66,#a9adb6);--line:light-dark(#dedcd6,#373a42);--bad:light-dark(#b3261e,#ff9d94);--accent:light-dark(#1f5eff,#86a8ff);font:1rem/1.5 system-ui,sans-serif}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink)}
h1,h2{font-size:1.25rem;margin:0}p{margin:0}ol{list-style:none;margin:0;padding:0}
header{display:flex;flex-wrap:wrap;gap:1rem;align-items:center;padding:.5rem 1rem;background:var(--card);border-bottom:1px solid var(--line)}
header p{margin-right:auto;color:var(--soft)}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem;padding:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1rem;min-width:0}
button,input,textarea{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.25rem .5rem;min-height:2.25rem;max-width:100%}
textarea{width:100%;font:.8125rem/1.4 ui-monospace,monospace}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.none,#total{color:var(--soft)}section:has(ol>li) .none{display:none}
li{border-top:1px solid var(--line);padding:.25rem 0;overflow-wrap:anywhere}li.bad summary,#fault{color:var(--bad)}
summary{cursor:pointer}pre{margin:0;max-height:18rem;overflow:auto;white-space:pre-wrap;font:.8125rem/1.4 ui-monospace,monospace}
`,
    },
    "page.js": {
      type: "text/javascript",
      text: `const world = location.pathname.replace(/\\/$/, "");
const by = (id) => document.getElementById(id);
const most = 500;
function row(list, summary, entry, bad) {
  const item = document.createElement("li");
  if (bad) item.className = "bad";
  const details = item.appendChild(document.createElement("details"));
  details.appendChild(document.createElement("summary")).textContent = summary;
  const text = details.appendChild(document.createElement("pre"));
  text.tabIndex = 0;
  text.textContent = JSON.stringify(entry, undefined, 2);
  list.prepend(item);
  while (list.children.length > most) list.lastChild.remove();
}
const time = (at) => new Date(at).toLocaleTimeString();
function follow(what, show) {
  const events = new EventSource(world + "/" + what + "?after=0");
  events.addEventListener("open", () => { by("state").textContent = world.split("/")[1]; });
  events.addEventListener("error", () => { by("state").textContent = "connecting …"; });
  events.addEventListener("message", ({ data }) => show(JSON.parse(data)));
}
follow("deliveries", (one) => row(by("deliveries"), time(one.at) + "  " + one.platform + "  " + one.handle.slice(-24), one));
follow("requests", (one) => {
  const { send } = one;
  const more = send ? send.format + "  " + send.delivered + " of " + send.devices + " delivered" : one.detail ?? "";
  const bad = one.status === undefined || one.status >= 400 || (send && send.delivered < send.devices);
  row(by("requests"), time(one.at) + "  " + (one.status ?? "---") + "  " + (one.operation ?? one.method) + "  " + more, one, bad);
});
async function find() {
  const query = new URLSearchParams([...new FormData(by("find"))].filter(([, value]) => value));
  const response = await fetch(world + "/registrations?" + query).catch(() => undefined);
  if (!response) return;
  const found = await response.json();
  by("total").textContent = response.headers.get("x-total-count") + " found";
  by("registrations").replaceChildren();
  for (const one of found.reverse()) row(by("registrations"), one.platform + "  " + one.handle.slice(-24) + "  " + one.tags.join(", "), one);
}
by("find").addEventListener("submit", (event) => { event.preventDefault(); find(); });
by("faults").addEventListener("submit", async (event) => {
  event.preventDefault();
  by("fault").textContent = "";
  try {
    const body = JSON.stringify({ rules: JSON.parse(by("rules").value) });
    const response = await fetch(world + "/faults", { method: "PUT", body });
    by("fault").textContent = response.ok ? "" : (await response.json()).errors.map((one) => one.pointer + " " + one.detail).join("; ");
  } catch (error) { by("fault").textContent = error.message; }
});
by("reset").addEventListener("click", async () => {
  await fetch(world, { method: "DELETE" }).catch((error) => { by("fault").textContent = error.message; });
  by("rules").value = "[]";
  for (const id of ["deliveries", "requests", "registrations"]) by(id).replaceChildren();
  find();
});
const { rules } = await (await fetch(world + "/faults")).json();
by("rules").value = JSON.stringify(rules, undefined, 2);
find();
`,
    },
  };

/** Loads nothing from elsewhere. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
