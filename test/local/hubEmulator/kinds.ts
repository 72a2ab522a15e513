import {
  createAdmNotification,
  createAppleNotification,
  createBaiduNotification,
  createBrowserNotification,
  createFcmLegacyNotification,
  createFcmV1Notification,
  createWindowsToastNotification,
  createXiaomiNotification,
  type Installation,
  type Notification,
  type PushHandle,
  type RegistrationChannel,
  type RegistrationDescription,
} from "@azure/notification-hubs";
import { newDeviceToken } from "./hubClient.ts";

/** One platform as the SDK's client sees it, with a unique handle. */
export interface PlatformUnderTest {
  readonly platform: string;
  readonly native: RegistrationDescription;
  readonly template: RegistrationDescription;
  /** The `$filter` that finds the handle. */
  readonly filter: string;
  /** The argument of the SDK's listing by channel, if the SDK supports that for the platform. */
  readonly channel?: RegistrationChannel;
  /** Whether the SDK's listing by channel finds the registration. If not, a bug in the SDK is the reason. */
  readonly listedByChannel: boolean;
  readonly handle: PushHandle;
  readonly handleText: string;
  readonly installation: (installationId: string) => Installation;
  readonly notification: Notification;
}

const toast = `<toast><visual><binding template="ToastText01"><text id="1">hello</text></binding></visual></toast>`;
const bodyTemplate = `{"message":"$(m)"}`;

/** Returns every platform of the wire reference, with new handles on each call. */
export function platformsUnderTest(): readonly PlatformUnderTest[] {
  const id = newDeviceToken();
  const channelUri = `https://db5.notify.windows.com/?token=${id}%2b&x=1`;
  const endpoint = `https://push.example/${id}?y=1`;
  const named = { bodyTemplate, templateName: "aTemplate" };
  const push = { p256dh: "P", auth: "A" };
  return [
    {
      platform: "adm",
      native: { kind: "Adm", admRegistrationId: id },
      template: { kind: "AdmTemplate", admRegistrationId: id, ...named },
      filter: `AdmRegistrationId eq '${id}'`,
      channel: { kind: "adm", admRegistrationId: id },
      listedByChannel: true,
      handle: id,
      handleText: id,
      installation: (installationId) => ({ installationId, platform: "adm", pushChannel: id }),
      notification: createAdmNotification({ body: { data: { a: "b" } } }),
    },
    {
      platform: "apns",
      native: { kind: "Apple", deviceToken: id },
      template: {
        kind: "AppleTemplate",
        deviceToken: id,
        ...named,
        apnsHeaders: { "apns-priority": "10" },
      },
      filter: `DeviceToken eq '${id}'`,
      channel: { kind: "apple", deviceToken: id.toLowerCase() },
      listedByChannel: true,
      handle: id,
      handleText: id,
      installation: (installationId) => ({ installationId, platform: "apns", pushChannel: id }),
      notification: createAppleNotification({
        body: { aps: { alert: "hello" } },
        headers: { "apns-priority": "10", "apns-push-type": "alert" },
      }),
    },
    {
      platform: "baidu",
      native: { kind: "Baidu", baiduChannelId: id, baiduUserId: "u" },
      template: { kind: "BaiduTemplate", baiduChannelId: id, baiduUserId: "u", ...named },
      filter: `BaiduChannelId eq '${id}' and BaiduUserId eq 'u'`,
      listedByChannel: false,
      handle: `u-${id}`,
      handleText: `u-${id}`,
      installation: (installationId) => ({
        installationId,
        platform: "baidu",
        pushChannel: `u-${id}`,
      }),
      notification: createBaiduNotification({ body: `{"title":"hello"}` }),
    },
    {
      platform: "browser",
      native: { kind: "Browser", endpoint, ...push },
      template: { kind: "BrowserTemplate", endpoint, ...push, ...named },
      filter: `Endpoint eq '${endpoint}' and P256DH eq 'P' and Auth eq 'A'`,
      channel: { kind: "browser", endpoint, ...push },
      listedByChannel: false,
      handle: { endpoint, ...push },
      handleText: endpoint,
      installation: (installationId) => ({
        installationId,
        platform: "browser",
        pushChannel: { endpoint, ...push },
      }),
      notification: createBrowserNotification({ body: `{"title":"hello"}` }),
    },
    {
      platform: "fcmv1",
      native: { kind: "FcmV1", fcmV1RegistrationId: id },
      template: { kind: "FcmV1Template", fcmV1RegistrationId: id, ...named },
      filter: `FcmV1RegistrationId eq '${id}'`,
      channel: { kind: "fcmv1", fcmV1RegistrationId: id },
      listedByChannel: true,
      handle: id,
      handleText: id,
      installation: (installationId) => ({ installationId, platform: "fcmv1", pushChannel: id }),
      notification: createFcmV1Notification({ body: `{"message":{"notification":{"title":"t"}}}` }),
    },
    {
      platform: "gcm",
      native: { kind: "Gcm", gcmRegistrationId: id },
      template: { kind: "GcmTemplate", gcmRegistrationId: id, ...named },
      filter: `GcmRegistrationId eq '${id}'`,
      channel: { kind: "gcm", gcmRegistrationId: id },
      listedByChannel: true,
      handle: id,
      handleText: id,
      installation: (installationId) => ({ installationId, platform: "gcm", pushChannel: id }),
      notification: createFcmLegacyNotification({ body: { data: { a: "b" } } }),
    },
    {
      platform: "wns",
      native: { kind: "Windows", channelUri },
      template: {
        kind: "WindowsTemplate",
        channelUri,
        ...named,
        bodyTemplate: "<toast><visual>$(m)</visual></toast>",
        wnsHeaders: { "X-WNS-Type": "wns/toast", "X-WNS-Tag": "t" },
      },
      filter: `ChannelUri eq '${channelUri}'`,
      channel: { kind: "windows", channelUri },
      listedByChannel: false,
      handle: channelUri,
      handleText: channelUri,
      installation: (installationId) => ({
        installationId,
        platform: "wns",
        pushChannel: channelUri,
      }),
      notification: createWindowsToastNotification({ body: toast }),
    },
    {
      platform: "xiaomi",
      native: { kind: "Xiaomi", xiaomiRegistrationId: id },
      template: { kind: "XiaomiTemplate", xiaomiRegistrationId: id, ...named },
      filter: `XiaomiRegistrationId eq '${id}'`,
      listedByChannel: false,
      handle: id,
      handleText: id,
      installation: (installationId) => ({ installationId, platform: "xiaomi", pushChannel: id }),
      notification: createXiaomiNotification({ body: `{"title":"hello"}` }),
    },
  ];
}
