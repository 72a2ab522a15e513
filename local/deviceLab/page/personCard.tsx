import { useSignal } from "@preact/signals";
import type { Lab, Person } from "./lab.ts";
import { PersonSettings } from "./personSettings.tsx";
import { type Platform, platformNames } from "./phone.ts";
import { PhoneCard } from "./phoneCard.tsx";

const samples: Readonly<Record<string, string>> = {
  markup: `<b>milk</b> & "eggs" {'a': 1}`,
  "right to left": "לקנות חלב ולחם",
  "10,000 characters": "milk ".repeat(2_000),
};

export function PersonCard({ lab, person }: { readonly lab: Lab; readonly person: Person }) {
  const { name, items } = person;
  const text = useSignal("");
  const phones = lab.phones.value.filter(({ owner }) => owner === name);
  const signedOut = lab.phones.value.filter(({ owner }) => owner === undefined);
  return (
    <section class="person" aria-label={name} data-person={name}>
      <div class="list">
        <h2 dir="auto">{name}</h2>
        <form
          class="insert"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.value.trim() === "") return;
            void lab.insert(name, text.value);
            text.value = "";
          }}
        >
          <input
            aria-label={`What ${name} has to do`}
            placeholder="Buy milk"
            required
            value={text}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
          <button type="submit" class="primary">
            Add
          </button>
        </form>
        <details class="samples">
          <summary>Other texts</summary>
          {Object.entries(samples).map(([label, sample]) => (
            <button key={label} type="button" onClick={() => lab.insert(name, sample)}>
              {label}
            </button>
          ))}
        </details>
        {lab.otherTables.length > 0 && (
          <details class="samples">
            <summary>Other tables</summary>
            {lab.otherTables.map((table) => (
              <button key={table.name} type="button" onClick={() => lab.insertExample(name, table)}>
                Insert into {table.name}
              </button>
            ))}
          </details>
        )}
        <ul class="items" aria-label={`${name}'s list`}>
          {items.map((item) => (
            <li key={item.id}>
              <label>
                <input
                  type="checkbox"
                  checked={item.complete}
                  onChange={({ currentTarget }) =>
                    lab.complete(name, item).then((done) => {
                      if (!done) currentTarget.checked = item.complete;
                    })
                  }
                />
                <span dir="auto">
                  {item.text.length > 80 ? `${item.text.slice(0, 80)}…` : item.text}
                </span>
              </label>
              <button
                type="button"
                class="bare"
                aria-label={`Delete ${item.text.slice(0, 40)}`}
                onClick={() => lab.remove(name, item)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
        <PersonSettings lab={lab} person={person} />
      </div>
      <div class="phones">
        {phones.map((phone) => (
          <PhoneCard key={phone.id} lab={lab} phone={phone} />
        ))}
        <div class="more">
          {Object.entries(platformNames).map(([platform, label]) => (
            <button
              key={platform}
              type="button"
              onClick={() => isPlatform(platform) && lab.addPhone(name, platform)}
            >
              + {label}
            </button>
          ))}
          {signedOut.map((phone) => (
            <button key={phone.id} type="button" onClick={() => lab.change(phone, { owner: name })}>
              Sign in on the free {platformNames[phone.platform]}
            </button>
          ))}
        </div>
      </div>
    </section>
  );
}

function isPlatform(name: string): name is Platform {
  return Object.hasOwn(platformNames, name);
}
