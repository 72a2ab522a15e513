/** The push services that devices are reached through: Windows, Apple's and Google's. */
export const platforms = ["wns", "apns", "fcmv1"] as const;

export type Platform = (typeof platforms)[number];
