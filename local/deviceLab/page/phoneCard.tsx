import type { Lab } from "./lab.ts";
import { emptyScreen, type Notice } from "./notices.ts";
import { type Phone, platformNames } from "./phone.ts";

const mostShown = 30;

export function PhoneCard({ lab, phone }: { readonly lab: Lab; readonly phone: Phone }) {
  const { notices, badge, wakes } = lab.screens.value.get(phone.handle) ?? emptyScreen;
  const name = platformNames[phone.platform];
  const others = lab.people.value.filter((person) => person.name !== phone.owner);
  return (
    <article
      class={`phone ${phone.platform}`}
      aria-label={`${phone.owner}'s ${name}`}
      data-phone={phone.platform}
    >
      <div class="screen">
        <p class="clock" aria-hidden="true">
          {new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false })}
          <small>
            {new Date().toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" })}
          </small>
        </p>
        {badge > 0 && (
          <p class="badge">
            <span class="hint">On the app's icon: </span>
            {badge > 99 && phone.platform === "wns" ? "99+" : badge}
          </p>
        )}
        {wakes > 0 && <p class="wakes">Woken silently {wakes} ×</p>}
        {notices.length === 0 && <p class="none">No notifications</p>}
        <ol class="notices">
          {notices.slice(0, mostShown).map((notice) => (
            <NoticeCard
              key={notice.key ?? notice.delivery.seq}
              notice={notice}
              platform={phone.platform}
            />
          ))}
        </ol>
      </div>
      <details class="menu">
        <summary>
          {name}
          {phone.expired && <em> handle expired</em>}
          {phone.sandbox && <em> sandbox handle</em>}
          {phone.topics.length > 0 && <small> {phone.topics.join(", ")}</small>}
        </summary>
        {lab.topics.value.length > 0 && (
          <fieldset class="topics">
            <legend>Topics</legend>
            {lab.topics.value.map((topic) => (
              <label key={topic}>
                <input
                  type="checkbox"
                  checked={phone.topics.includes(topic)}
                  onChange={({ currentTarget }) =>
                    lab.setTopic(phone, topic, currentTarget.checked).then((done) => {
                      if (!done) currentTarget.checked = phone.topics.includes(topic);
                    })
                  }
                />
                {topic}
              </label>
            ))}
          </fieldset>
        )}
        <div class="actions">
          {others.map(({ name: other }) => (
            <button key={other} type="button" onClick={() => lab.change(phone, { owner: other })}>
              Hand over to {other}
            </button>
          ))}
          <button type="button" onClick={() => lab.reinstall(phone)}>
            Reinstall the app
          </button>
          <button type="button" onClick={() => lab.rotateHandle(phone)}>
            New handle
          </button>
          <button type="button" onClick={() => lab.expire(phone)}>
            {phone.expired ? "Revive the handle" : "Expire the handle"}
          </button>
          {phone.platform === "apns" && (
            <button type="button" onClick={() => lab.switchEnvironment(phone)}>
              {phone.sandbox ? "Production handle" : "Sandbox handle"}
            </button>
          )}
          <button type="button" onClick={() => lab.signOut(phone)}>
            Sign out
          </button>
        </div>
      </details>
    </article>
  );
}

function NoticeCard({
  notice,
  platform,
}: {
  readonly notice: Notice;
  readonly platform: Phone["platform"];
}) {
  const { title, text, copies, delivery, image, link, group } = notice;
  const payload = JSON.stringify({ headers: delivery.headers, body: delivery.body }, undefined, 2);
  return (
    <li class="notice" data-copies={copies} data-group={group}>
      <p class="app">
        <span>notify-users</span>
        <time dateTime={delivery.at}>
          {new Date(delivery.at).toLocaleTimeString([], {
            hour: "2-digit",
            minute: "2-digit",
            hour12: false,
          })}
        </time>
      </p>
      {title !== "" && <p class="title">{title}</p>}
      <p class="text" dir="auto">
        {text}
      </p>
      {image !== undefined && <img class="image" src={image} alt={`Image: ${image}`} />}
      {link !== undefined && <p class="link">A tap leads to {link}</p>}
      {group !== undefined && <p class="group">In the group {group}</p>}
      {copies > 1 && <p class="copies">replaced {copies - 1} ×</p>}
      <details>
        <summary>Payload</summary>
        <pre tabIndex={0}>{payload}</pre>
        {platform === "apns" && (
          <button
            type="button"
            onClick={() => navigator.clipboard.writeText(simctl(delivery.body))}
          >
            Copy as xcrun simctl push
          </button>
        )}
      </details>
    </li>
  );
}

/** Returns the command that shows the payload on a simulated iPhone of Xcode. */
function simctl(body: string): string {
  return `xcrun simctl push booted BUNDLE-ID - <<'END'\n${body}\nEND`;
}
