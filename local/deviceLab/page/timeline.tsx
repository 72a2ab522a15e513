import type { Announced, Insert, Lab, Send } from "./lab.ts";
import { platformNames } from "./phone.ts";

const mostShown = 100;

/** What happened to each insert, from the request to the devices. */
export function Timeline({ lab }: { readonly lab: Lab }) {
  const inserts = lab.inserts.value;
  return (
    <section class="timeline" aria-label="What happened">
      <h2>What happened</h2>
      {inserts.length === 0 ? (
        <p class="quiet">Add something to a list.</p>
      ) : (
        <ol>
          {inserts.slice(0, mostShown).map((insert) => (
            <InsertRow key={insert.id} lab={lab} insert={insert} />
          ))}
        </ol>
      )}
    </section>
  );
}

function InsertRow({ lab, insert }: { readonly lab: Lab; readonly insert: Insert }) {
  const { text, what, status, milliseconds, problem } = insert;
  const sends = lab.sendsOf(insert);
  const isAnswered = status !== undefined || problem !== undefined;
  const isReached = sends.some(({ request }) => (request.send?.delivered ?? 0) > 0);
  // A send is missing if the hub did not take it, or if none was tried because the hub is known to be away.
  const isOpen = sends.length === 0 || sends.some(({ request }) => request.send === undefined);
  return (
    <li data-insert={insert.id}>
      <p class="what">
        <strong dir="auto">{text.length > 60 ? `${text.slice(0, 60)}…` : text}</strong> {of(what)}{" "}
        <button type="button" onClick={() => lab.sendAgain(insert)}>
          Send again
        </button>
      </p>
      <ol class="steps">
        <li class={problem === undefined ? "good" : "bad"}>
          {problem !== undefined
            ? status === undefined
              ? `No answer of the backend: ${problem}`
              : `The backend refused it (${status}): ${problem}`
            : isAnswered
              ? `Stored and answered ${status} in ${milliseconds} ms`
              : "Sent to the backend …"}
        </li>
        {sends.map((send) => (
          <SendStep key={send.request.seq} send={send} />
        ))}
        {problem === undefined && isAnswered && isOpen && !isReached && lab.waiting.value > 0 && (
          <li class="waits">It waits on the queue for the hub, and is tried again by itself.</li>
        )}
      </ol>
    </li>
  );
}

/** Returns who inserted an item, or who gets a message. */
function of(what: Announced): string {
  if (what.kind === "item") return `by ${what.by}`;
  const { to } = what;
  if ("everyone" in to) return "to everyone";
  return "topic" in to ? `to readers of ${to.topic}` : `to ${to.user}`;
}

function SendStep({ send: { platform, request } }: { readonly send: Send }) {
  const { send, status, detail } = request;
  const name = platformNames[platform];
  const missed = (send?.targets ?? []).filter(({ outcome }) => outcome !== "Success");
  const delivered = send?.delivered ?? 0;
  const sentence =
    send === undefined
      ? `The hub answered ${status ?? "nothing"} for ${name}${detail === undefined ? "" : `: ${detail}`}`
      : send.devices === 0
        ? `No ${name} is registered`
        : `${delivered} of ${send.devices} ${name} reached`;
  const kind =
    send === undefined || missed.length > 0 ? "bad" : send.devices === 0 ? "quiet" : "good";
  return (
    <li class={kind}>
      <details>
        <summary>{sentence}</summary>
        <pre tabIndex={0}>{JSON.stringify(request, undefined, 2)}</pre>
      </details>
      {missed.map(({ handle, outcome, reason, rule }) => (
        <p key={handle} class="why">
          {`${outcome}${reason === undefined ? "" : `: ${reason}`} (…${handle.slice(-6)}) `}
          {rule !== undefined && <a href={rule}>the platform's rule</a>}
        </p>
      ))}
    </li>
  );
}
