/** The simulated state of a device. Unknown handles behave like working devices. */
export interface Device {
  /** `expired`: the platform reports the handle as expired. */
  readonly state?: "active" | "expired" | undefined;
  /** For APNs handles: the Apple push service that issued it. Default: the one that the hub uses. */
  readonly environment?: ApnsEnvironment | undefined;
}

export type ApnsEnvironment = "sandbox" | "production";

export interface Devices {
  get(handle: string): Device;
  /** Merges the given members into the device's state, and returns the result. */
  set(handle: string, device: Device): Device;
  /** Returns the devices whose state was set, by handle. */
  all(): Readonly<Record<string, Device>>;
  clear(): void;
}

const ordinary: Device = {};

export function createDevices(): Devices {
  const devices = new Map<string, Device>();
  return {
    get(handle) {
      if (devices.size === 0) return ordinary;
      return devices.get(keyOf(handle)) ?? ordinary;
    },
    set(handle, device) {
      const known = { ...devices.get(keyOf(handle)), ...device };
      devices.set(keyOf(handle), known);
      return known;
    },
    all() {
      return Object.fromEntries(devices);
    },
    clear() {
      devices.clear();
    },
  };
}

export function isSameHandle(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

/** Returns the map key of a handle. Apple's device tokens are hexadecimal and not case-sensitive. */
function keyOf(handle: string): string {
  return /^[0-9A-Fa-f]+$/.test(handle) ? handle.toUpperCase() : handle;
}
