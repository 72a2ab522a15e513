/** The push services of the devices: those of Windows, Apple and Google. */
export const platforms = ["wns", "apns", "fcmv1"] as const;

export type Platform = (typeof platforms)[number];
