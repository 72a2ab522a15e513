import {
  type CauseName,
  causeOfHubStatus,
  causeOfOutcome,
  causes,
  firstCause,
} from "../../../diagnosis/cause.ts";
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
  const isStored = problem === undefined && isAnswered;
  const cause = isStored ? causeOf(what, sends, lab.waiting.value > 0) : undefined;
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
        {cause !== undefined && (
          <li class={cause === "waits" ? "waits" : "bad"} data-cause={cause}>
            <strong>{causes[cause].sentence}</strong> {causes[cause].remedy}
          </li>
        )}
      </ol>
    </li>
  );
}

/**
 * Returns why devices did not get a notification, as `npm run why` says it, or undefined if it is not known to be so.
 *
 * @param isWaiting whether anything waits on the queue
 */
function causeOf(
  what: Announced,
  sends: readonly Send[],
  isWaiting: boolean,
): CauseName | undefined {
  const last = new Map(sends.map(({ platform, request }) => [platform, request]));
  const requests = [...last.values()];
  const found = requests.flatMap(({ send, status }): CauseName[] =>
    send === undefined
      ? [causeOfHubStatus(status)]
      : send.targets.flatMap(({ outcome }) => causeOfOutcome(outcome) ?? []),
  );
  const devices = requests.reduce((sum, { send }) => sum + (send?.devices ?? 0), 0);
  // A platform is left out while the hub is known to be away there.
  const isComplete = last.size === Object.keys(platformNames).length;
  const isForUser = what.kind !== "message" || "user" in what.to;
  const isSent = isComplete && requests.every(({ send }) => send !== undefined);
  if (isSent && devices === 0 && isForUser) found.push("noDevice");
  if (!isComplete && isWaiting) found.push("waits");
  return firstCause(found);
}

/** Returns who inserted an item, or who gets a message. */
function of(what: Announced): string {
  if (what.kind !== "message") return `by ${what.by}`;
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
