/** Environment variables, which main.bicepparam reads. All values are made up. */
type Variables = Readonly<Record<string, string>>;

/** What the dialogue of a first `azd up` asks for, if every other answer is the default. */
const defaults: Variables = { AUTH_GOOGLE_AUDIENCE: "google-client" };

/** The variables of each snapshot. */
export const cases = {
  defaults,
  "private-network": { ...defaults, PRIVATE_NETWORK: "true", DIAGNOSTICS: "false" },
  everything: {
    AZURE_ENV_NAME: "everything",
    NODE_VERSION: "24",
    INSTANCE_MEMORY_MB: "4096",
    MAXIMUM_INSTANCE_COUNT: "100",
    ALWAYS_READY_INSTANCES: "2",
    ROLLING_UPDATES: "true",
    ZONE_REDUNDANT: "true",
    HUB_TIER: "Standard",
    HUB_KEY: "secondary",
    TOKEN_STORE_KEY: "secondary",
    ALERT_EMAIL: "operators@example.com",
    RETRY_SECONDS: "30",
    NOTIFICATION_TITLE: "New:",
    APPLE_TITLE: "true",
    APPLE_FIREBASE: "true",
    APPLE_SOUND: "default",
    ANDROID_CHANNEL: "items",
    TOPICS: "world, politics, sports",
    MESSAGES_PER_MINUTE: "600",
    WRITES_PER_MINUTE: "0",
    WRITES_AT_ONCE: "50",
    SCANS_PER_MINUTE: "10",
    ALLOWED_ORIGINS: "https://one.example.com, https://two.example.com",
    SIGN_IN_REDIRECTS: "myapp://easyauth.callback, https://web.example.com/done",
    WNS_PACKAGE_SID: "made-up-secret",
    WNS_SECRET_KEY: "made-up-secret",
    APNS_KEY: "made-up-secret",
    APNS_KEY_ID: "made-up-secret",
    APNS_TEAM_ID: "made-up-secret",
    APNS_BUNDLE_ID: "made-up-secret",
    APNS_ENVIRONMENT: "production",
    FCM_PROJECT_ID: "made-up-secret",
    FCM_CLIENT_EMAIL: "made-up-secret",
    FCM_PRIVATE_KEY: "made-up-secret",
    AUTH_FACEBOOK_AUDIENCE: "facebook-app",
    AUTH_GOOGLE_AUDIENCE: "google-client",
    AUTH_APPLE_AUDIENCE: "com.example.app",
    AUTH_ENTRA_AUDIENCE: "entra-app",
    AUTH_ENTRA_TENANT_ID: "00000000-0000-0000-0000-000000000000",
    AUTH_OTHER_NAME: "mine",
    AUTH_OTHER_AUDIENCE: "my-app",
    AUTH_OTHER_ISSUER: "https://issuer.example.com",
    AUTH_OTHER_JWKS_URI: "https://issuer.example.com/keys",
    APP_SERVICE_AUTHENTICATION: "facebook",
    FACEBOOK_APP_ID: "made-up-secret",
    FACEBOOK_APP_SECRET: "made-up-secret",
  },
} as const satisfies Readonly<Record<string, Variables>>;

/** Variables that the template refuses, and a part of the reason that it gives. */
export const refusals: Readonly<Record<string, { variables: Variables; reason: string }>> = {
  "no way to sign in": { variables: {}, reason: "No user could sign in." },
  "an unknown provider of App Service Authentication": {
    variables: { APP_SERVICE_AUTHENTICATION: "fcebook" },
    reason: "APP_SERVICE_AUTHENTICATION must be facebook, google, entra or no.",
  },
  "App Service Authentication without a secret": {
    variables: { APP_SERVICE_AUTHENTICATION: "facebook", FACEBOOK_APP_ID: "an-app" },
    reason: "too short",
  },
  "a reference that azd does not resolve": {
    variables: { ...defaults, WNS_PACKAGE_SID: "akvs://a/b/c", WNS_SECRET_KEY: "made-up-secret" },
    reason: "WNS_PACKAGE_SID must be the value itself",
  },
  "a hyphen in an issuer's name": {
    variables: {
      AUTH_OTHER_NAME: "my-issuer",
      AUTH_OTHER_AUDIENCE: "my-app",
      AUTH_OTHER_ISSUER: "https://issuer.example.com",
    },
    reason: 'The issuer name "my-issuer" is invalid.',
  },
  "an issuer without a name": {
    variables: {
      ...defaults,
      AUTH_OTHER_AUDIENCE: "my-app",
      AUTH_OTHER_ISSUER: "https://issuer.example.com",
    },
    reason: 'The issuer name "" is invalid.',
  },
  "an issuer's name alone": {
    variables: { ...defaults, AUTH_OTHER_NAME: "mine" },
    reason: "issuers.mine",
  },
  "an origin with a slash at the end": {
    variables: {
      ...defaults,
      ALLOWED_ORIGINS: "https://one.example.com, https://two.example.com/",
    },
    reason: 'The origin "https://two.example.com/" is invalid.',
  },
  "a topic with a capital letter": {
    variables: { ...defaults, TOPICS: "world, Politics" },
    reason: 'The topic "Politics" is invalid.',
  },
  "half a Windows app": {
    variables: { ...defaults, WNS_PACKAGE_SID: "made-up-secret" },
    reason: "too short",
  },
  "half an iOS app": {
    variables: { ...defaults, APNS_KEY: "made-up-secret", APNS_KEY_ID: "made-up-secret" },
    reason: "'production' | 'sandbox'",
  },
  "half an Android app": {
    variables: { ...defaults, FCM_PROJECT_ID: "made-up-secret" },
    reason: "too short",
  },
};
