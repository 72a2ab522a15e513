import type { PlatformName } from "../registrations/registrationKinds.ts";

/** The simulated state of a device. Unknown handles behave like working devices. */
export interface Device {
  /** `expired`: the platform reports the handle as expired. */
  readonly state?: "active" | "expired" | undefined;
  /** For APNs handles: the Apple push service that issued it. Default: the one that the hub uses. */
  readonly environment?: ApnsEnvironment | undefined;
}

export type ApnsEnvironment = "sandbox" | "production";

export interface Devices {
  /** @param platform only Apple's handles ignore the case. Undefined if it is not known */
  get(handle: string, platform: PlatformName | undefined): Device;
  /** Merges the given members into the device's state, and returns the result. */
  set(handle: string, device: Device): Device;
  /** Returns the devices whose state was set, by handle. */
  all(): Readonly<Record<string, Device>>;
  clear(): void;
}

const ordinary: Device = {};
const hex = /^[0-9A-Fa-f]+$/;

export function createDevices(): Devices {
  const devices = new Map<string, Device>();
  /** The handles under which devices were set, by hexadecimal digits in upper case. */
  const hexKeys = new Map<string, string>();

  /** Returns the handle under which a device was set. */
  function keyOf(handle: string, platform: PlatformName | undefined): string | undefined {
    if (devices.has(handle)) return handle;
    if (platform !== undefined && platform !== "apns") return undefined;
    return hexKeys.get(handle.toUpperCase());
  }

  function get(handle: string, platform: PlatformName | undefined): Device {
    if (devices.size === 0) return ordinary;
    return devices.get(keyOf(handle, platform) ?? handle) ?? ordinary;
  }

  return {
    get,
    set(handle, device) {
      const key = keyOf(handle, undefined) ?? handle;
      const known = { ...devices.get(key), ...device };
      devices.set(key, known);
      if (hex.test(key)) hexKeys.set(key.toUpperCase(), key);
      return known;
    },
    all() {
      return Object.fromEntries(devices);
    },
    clear() {
      devices.clear();
      hexKeys.clear();
    },
  };
}

/** Returns whether two handles can be the same. Apple's device tokens are hexadecimal and ignore the case. */
export function isSameHandle(one: string, other: string): boolean {
  if (one === other) return true;
  return hex.test(one) && hex.test(other) && one.toUpperCase() === other.toUpperCase();
}
