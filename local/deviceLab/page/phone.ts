import { type Device, newId } from "../../../clients/typescript/client.ts";

export type Platform = "apns" | "fcmv1" | "wns";

export const platformNames: Readonly<Record<Platform, string>> = {
  apns: "iPhone",
  fcmv1: "Android",
  wns: "Windows",
};

export interface Phone {
  readonly id: string;
  readonly platform: Platform;
  readonly handle: string;
  readonly installationId: string;
  /** Who is signed in on it. */
  readonly owner: string | undefined;
  readonly expired: boolean;
  /** Apple's environment of its handle. */
  readonly sandbox: boolean;
  /** The topics that it subscribes to. */
  readonly topics: readonly string[];
}

/** Returns what the backend is told about a phone. */
export function deviceOf({ platform, handle, topics: wanted }: Phone): Device {
  const topics = [...wanted];
  switch (platform) {
    case "apns":
      return { platform, deviceToken: handle, topics };
    case "fcmv1":
      return { platform, registrationToken: handle, topics };
    case "wns":
      return { platform, channelUri: handle, topics };
  }
}

/** Returns a handle of the platform's form. */
export function newHandle(platform: Platform): string {
  const random = newId();
  switch (platform) {
    case "apns":
      return (random + newId()).toUpperCase();
    case "fcmv1":
      return `${random.slice(0, 22)}:APA91b${newId()}`;
    case "wns":
      return `https://db5.notify.windows.com/?token=${random}`;
  }
}
