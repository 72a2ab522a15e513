import { useSignal } from "@preact/signals";
import type { NewMessage } from "../../../clients/typescript/client.ts";
import type { Lab } from "./lab.ts";

/** What a trusted backend does: a message to a person, to the subscribers of a topic, or to everyone. */
export function MessageForm({ lab }: { readonly lab: Lab }) {
  const chosen = useSignal("everyone");
  const title = useSignal("Breaking news");
  const text = useSignal("");
  const audiences = audiencesOf(lab);
  return (
    <form
      class="message"
      aria-label="Send a message as a backend"
      onSubmit={(event) => {
        event.preventDefault();
        const audience = audiences.find(({ label }) => label === chosen.value);
        if (audience === undefined || text.value.trim() === "") return;
        void lab.sendMessage(audience.to, title.value, text.value);
        text.value = "";
      }}
    >
      <label>
        A backend tells{" "}
        <select
          value={chosen}
          onChange={({ currentTarget }) => {
            chosen.value = currentTarget.value;
          }}
        >
          {audiences.map(({ label }) => (
            <option key={label} value={label}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <input
        aria-label="Title of the message"
        required
        maxLength={200}
        value={title}
        onInput={({ currentTarget }) => {
          title.value = currentTarget.value;
        }}
      />
      <input
        aria-label="Text of the message"
        placeholder="Polls are open"
        required
        maxLength={10_000}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      <button type="submit">Send</button>
    </form>
  );
}

function audiencesOf(lab: Lab): { readonly label: string; readonly to: NewMessage["to"] }[] {
  return [
    { label: "everyone", to: { everyone: true } },
    ...lab.topics.value.map((topic) => ({ label: `readers of ${topic}`, to: { topic } })),
    ...lab.people.value.map(({ name }) => ({
      label: `person ${name}`,
      to: { user: lab.userIdOf(name) },
    })),
  ];
}
