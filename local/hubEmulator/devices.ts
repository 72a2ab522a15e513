/** What is special about a device; a handle that nobody spoke of is a device that works. */
export interface Device {
  /** `expired`: its platform says that the handle is gone. */
  readonly state?: "active" | "expired" | undefined;
  /** Of an APNs handle: which of Apple's two services gave it. Absent: the one that the hub uses. */
  readonly environment?: ApnsEnvironment | undefined;
}

export type ApnsEnvironment = "sandbox" | "production";

export interface Devices {
  get(handle: string): Device;
  /** Adds to what is known of the device. */
  set(handle: string, device: Device): Device;
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
    clear() {
      devices.clear();
    },
  };
}

/** A device token of Apple's is the same in either case. */
function keyOf(handle: string): string {
  return /^[0-9A-Fa-f]+$/.test(handle) ? handle.toUpperCase() : handle;
}
