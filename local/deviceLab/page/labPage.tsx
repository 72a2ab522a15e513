import { useSignal } from "@preact/signals";
import type { Weather } from "./hub.ts";
import type { Lab } from "./lab.ts";
import { MessageForm } from "./messageForm.tsx";
import { PersonCard } from "./personCard.tsx";
import { Timeline } from "./timeline.tsx";

const weathers: Readonly<Record<Weather, string>> = {
  fine: "works",
  slow: "slow (3 s)",
  throttling: "throttles",
  lagging: "lists lag (3 s)",
  down: "down",
};

export function LabPage({ lab }: { readonly lab: Lab }) {
  const isEmpty = lab.people.value.length === 0;
  return (
    <>
      <header class="bar">
        <h1>Device Lab</h1>
        {!isEmpty && <HubWeather lab={lab} />}
        {!isEmpty && <AddPerson lab={lab} />}
      </header>
      <p class="spoken" role="status" aria-live="polite">
        {lab.spoken}
      </p>
      {lab.fault.value !== undefined && (
        <p class="fault" role="alert">
          {lab.fault}
        </p>
      )}
      <main>
        {isEmpty ? (
          <Welcome lab={lab} />
        ) : (
          <>
            <div class="people">
              {lab.people.value.map((person) => (
                <PersonCard key={person.name} lab={lab} person={person} />
              ))}
            </div>
            <MessageForm lab={lab} />
            <Timeline lab={lab} />
          </>
        )}
      </main>
    </>
  );
}

function Welcome({ lab }: { readonly lab: Lab }) {
  return (
    <section class="welcome">
      <h2>Two people, two phones, one backend on this machine.</h2>
      <p>
        Each person has a todo list. A person who adds an item is notified of it on each of their
        own phones, and on no other.
      </p>
      <button type="button" class="primary" disabled={lab.busy} onClick={() => lab.begin()}>
        {lab.busy.value
          ? "Signing in …"
          : "Sign in alice with an iPhone and bob with an Android phone"}
      </button>
    </section>
  );
}

function HubWeather({ lab }: { readonly lab: Lab }) {
  const waiting = lab.waiting.value;
  return (
    <div class="weather">
      <label>
        The hub{" "}
        <select
          value={lab.weather}
          onChange={({ currentTarget }) => {
            const chosen = Object.keys(weathers).find(
              (name): name is Weather => name === currentTarget.value,
            );
            if (chosen === undefined) return;
            void lab.setWeather(chosen).then((done) => {
              if (!done) currentTarget.value = lab.weather.value;
            });
          }}
        >
          {Object.entries(weathers).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <span class={waiting === 0 ? "quiet" : "loud"} data-waiting={waiting}>
        {waiting === 0 ? "nothing waits" : `${waiting} waiting`}
      </span>
    </div>
  );
}

function AddPerson({ lab }: { readonly lab: Lab }) {
  const name = useSignal("");
  return (
    <form
      class="add-person"
      onSubmit={(event) => {
        event.preventDefault();
        void lab.addPerson(name.value.trim()).then((done) => {
          if (done) name.value = "";
        });
      }}
    >
      <input
        aria-label="Name of a person"
        placeholder="carol"
        required
        maxLength={60}
        value={name}
        onInput={({ currentTarget }) => {
          name.value = currentTarget.value;
        }}
      />
      <button type="submit">Add a person</button>
    </form>
  );
}
