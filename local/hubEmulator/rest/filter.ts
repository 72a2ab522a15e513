import {
  canonicalHandle,
  firstMembers,
  handleText,
  type Registration,
} from "../registrations/registration.ts";
import { platforms } from "../registrations/registrationKinds.ts";
import type { RegistrationStore } from "../registrations/registrationStore.ts";

/** The values that a registration's handle must have, from `DeviceToken eq 'X' and …`. */
export type Filter = readonly (readonly [element: string, value: string])[];

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: Filter }
  | { readonly kind: "malformed"; readonly detail: string };

const condition = /\s*([A-Za-z0-9]+)\s+eq\s+'((?:[^']|'')*)'\s*/y;
const conjunction = /and\s/y;

const elements: ReadonlySet<string> = new Set(
  Object.values(platforms).flatMap(({ handleElements }) => handleElements),
);

/**
 * Parses the part of OData's `$filter` that the service's clients use: conditions joined by `and`, each with
 * a member of a handle, `eq` and a string. Quotes in the string are doubled.
 */
export function parseFilter(text: string): ParsedFilter {
  const filter: [string, string][] = [];
  condition.lastIndex = 0;
  while (true) {
    const match = condition.exec(text);
    if (match?.[1] === undefined || match[2] === undefined) {
      return malformed("it must have the form Name eq 'value' and Name eq 'value'");
    }
    if (!elements.has(match[1])) return malformed(`${match[1]} is not a member of any handle`);
    filter.push([match[1], match[2].replaceAll("''", "'")]);
    if (condition.lastIndex === text.length) return { kind: "filter", filter };
    conjunction.lastIndex = condition.lastIndex;
    if (!conjunction.test(text)) return malformed("its conditions must be joined by and");
    condition.lastIndex = conjunction.lastIndex;
  }
}

function malformed(reason: string): ParsedFilter {
  return { kind: "malformed", detail: `The $filter is invalid: ${reason}` };
}

/** Returns the registrations that match the filter. Looks them up by the first member of their handle. */
export function filterRegistrations(
  registrations: Pick<RegistrationStore, "withHandle">,
  filter: Filter,
): Registration[] {
  const found = filter.flatMap(([element, value]) => [
    ...registrations.withHandle(value),
    ...registrations.withHandle(canonicalHandle("apns", value)),
    ...(element === "ChannelUri" ? ofBaidu(registrations, value) : []),
  ]);
  return [...new Set(found)].filter((registration) =>
    filter.every(
      ([element, value]) =>
        memberOf(registration, element) === canonicalHandle(registration.platform, value),
    ),
  );
}

/** Returns the registrations of a Baidu handle as .NET clients write it: `user-channel`. */
function ofBaidu(
  registrations: Pick<RegistrationStore, "withHandle">,
  text: string,
): Iterable<Registration> {
  return firstMembers("baidu", text).flatMap((channel) => [...registrations.withHandle(channel)]);
}

/** Returns a member of the handle. As in the service, `ChannelUri` is any platform's (for .NET clients). */
function memberOf(registration: Registration, element: string): string | undefined {
  return element === "ChannelUri" ? handleText(registration) : registration.handle[element];
}
