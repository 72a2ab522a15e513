import * as v from "valibot";
import type { Device } from "./devices.ts";

/** The body of `PUT _emulator/devices/{handle}`. */
export const deviceSchema: v.GenericSchema<unknown, Device> = v.strictObject({
  state: v.optional(v.picklist(["active", "expired"])),
  environment: v.optional(v.picklist(["sandbox", "production"])),
});

/** Returns the state of a device. @throws an Error that names what is wrong with it */
export function deviceIn(device: Device): Device {
  const result = v.safeParse(deviceSchema, device);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  throw new Error(`The state of the device is invalid: ${faults.join("; ")}`);
}
