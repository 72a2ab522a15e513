import type { Registration } from "./registration.ts";
import { platformOf, platforms } from "./registrationKinds.ts";
import type { RegistrationStore } from "./registrationStore.ts";

/** `DeviceToken eq 'X' and …`: the values that a registration's handle must have. */
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
 * The part of OData's `$filter` that the service's clients use: members of a handle, `eq`, a string with
 * its quotes doubled, joined by `and`.
 */
export function parseFilter(text: string): ParsedFilter {
  const filter: [string, string][] = [];
  condition.lastIndex = 0;
  while (true) {
    const match = condition.exec(text);
    if (match?.[1] === undefined || match[2] === undefined) {
      return malformed("it must be of the form Name eq 'value' and Name eq 'value'");
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

/** The registrations that pass the filter, found by handle alone. */
export function filterRegistrations(
  registrations: Pick<RegistrationStore, "withHandle">,
  filter: Filter,
): Registration[] {
  const found = filter.flatMap(([, value]) => [...registrations.withHandle(value)]);
  return [...new Set(found)].filter((registration) =>
    filter.every(([element, value]) => memberOf(registration, element) === value),
  );
}

/** `ChannelUri` is any platform's handle, as the service has it for its .NET client. */
function memberOf({ handle, platform }: Registration, element: string): string | undefined {
  const [first] = platformOf(platform).handleElements;
  return element === "ChannelUri" ? handle[first] : handle[element];
}
