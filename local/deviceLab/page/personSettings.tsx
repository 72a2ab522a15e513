import type { Lab, Person } from "./lab.ts";
import { platformNames } from "./phone.ts";

/** What an app's settings page shows: the person's devices, and the end of it all. */
export function PersonSettings({ lab, person }: { readonly lab: Lab; readonly person: Person }) {
  const { name, devices = [] } = person;
  return (
    <details
      class="settings"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) void lab.showDevices(name);
      }}
    >
      <summary>Settings</summary>
      <ul aria-label={`${name}'s devices`}>
        {devices.map(({ registrationId, platform, topics }) => (
          <li key={registrationId}>
            <span>
              {platformNames[platform]} <small>…{registrationId.slice(-8)}</small>
              {topics.length > 0 && <small> {topics.join(", ")}</small>}
            </span>
            <button
              type="button"
              aria-label={`Sign out ${platformNames[platform]} ${registrationId.slice(-8)}`}
              onClick={() => lab.removeDevice(name, registrationId)}
            >
              Sign out
            </button>
          </li>
        ))}
      </ul>
      {person.devices?.length === 0 && <p class="quiet">No device is registered.</p>}
      <button type="button" onClick={() => lab.showDevices(name)}>
        Look again
      </button>
      <button type="button" onClick={() => lab.forget(name)}>
        Forget {name}
      </button>
    </details>
  );
}
