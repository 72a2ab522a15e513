// The parameters of a deployment, read from environment variables. docs/operations.md lists them.

using 'main.bicep'

// A pipeline sets variables that have no value to an empty text, so an empty variable counts as a missing one.

var nodeVersionText = readEnvironmentVariable('NODE_VERSION', '')
param nodeVersion = empty(nodeVersionText) ? '22' : nodeVersionText
var instanceMemoryMBText = readEnvironmentVariable('INSTANCE_MEMORY_MB', '')
param instanceMemoryMB = empty(instanceMemoryMBText) ? '2048' : instanceMemoryMBText
var maximumInstanceCountText = readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '')
param maximumInstanceCount = int(empty(maximumInstanceCountText) ? '40' : maximumInstanceCountText)
var alwaysReadyInstancesText = readEnvironmentVariable('ALWAYS_READY_INSTANCES', '')
param alwaysReadyInstances = int(empty(alwaysReadyInstancesText) ? '0' : alwaysReadyInstancesText)
var rollingUpdatesText = readEnvironmentVariable('ROLLING_UPDATES', '')
param rollingUpdates = bool(empty(rollingUpdatesText) ? 'false' : rollingUpdatesText)
var zoneRedundantText = readEnvironmentVariable('ZONE_REDUNDANT', '')
param zoneRedundant = bool(empty(zoneRedundantText) ? 'false' : zoneRedundantText)
var privateNetworkText = readEnvironmentVariable('PRIVATE_NETWORK', '')
param privateNetwork = bool(empty(privateNetworkText) ? 'false' : privateNetworkText)
var addressPrefixText = readEnvironmentVariable('ADDRESS_PREFIX', '')
param addressPrefix = empty(addressPrefixText) ? '10.0.0.0/24' : addressPrefixText
var hubTierText = readEnvironmentVariable('HUB_TIER', '')
param hubTier = empty(hubTierText) ? 'Free' : hubTierText
var hubKeyText = readEnvironmentVariable('HUB_KEY', '')
param hubKey = empty(hubKeyText) ? 'primary' : hubKeyText
var tokenStoreKeyText = readEnvironmentVariable('TOKEN_STORE_KEY', '')
param tokenStoreKey = empty(tokenStoreKeyText) ? 'primary' : tokenStoreKeyText
var diagnosticsText = readEnvironmentVariable('DIAGNOSTICS', '')
param diagnostics = bool(empty(diagnosticsText) ? 'true' : diagnosticsText)
var retrySecondsText = readEnvironmentVariable('RETRY_SECONDS', '')
param retrySeconds = int(empty(retrySecondsText) ? '15' : retrySecondsText)

param notificationTitle = readEnvironmentVariable('NOTIFICATION_TITLE', '')
var appleTitleText = readEnvironmentVariable('APPLE_TITLE', '')
param appleTitle = bool(empty(appleTitleText) ? 'false' : appleTitleText)
var appleFirebaseText = readEnvironmentVariable('APPLE_FIREBASE', '')
param appleFirebase = bool(empty(appleFirebaseText) ? 'false' : appleFirebaseText)
param appleSound = readEnvironmentVariable('APPLE_SOUND', '')
param androidChannel = readEnvironmentVariable('ANDROID_CHANNEL', '')
var topicsText = readEnvironmentVariable('TOPICS', '')
param topics = empty(trim(topicsText)) ? [] : map(split(topicsText, ','), topic => trim(topic))
var messagesPerMinuteText = readEnvironmentVariable('MESSAGES_PER_MINUTE', '')
param messagesPerMinute = int(empty(messagesPerMinuteText) ? '60' : messagesPerMinuteText)
var writesPerMinuteText = readEnvironmentVariable('WRITES_PER_MINUTE', '')
param writesPerMinute = int(empty(writesPerMinuteText) ? '120' : writesPerMinuteText)
var writesAtOnceText = readEnvironmentVariable('WRITES_AT_ONCE', '')
param writesAtOnce = int(empty(writesAtOnceText) ? '1000' : writesAtOnceText)
var scansPerMinuteText = readEnvironmentVariable('SCANS_PER_MINUTE', '')
param scansPerMinute = int(empty(scansPerMinuteText) ? '300' : scansPerMinuteText)

param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')

var origins = readEnvironmentVariable('ALLOWED_ORIGINS', '')
param allowedOrigins = empty(trim(origins)) ? [] : map(split(origins, ','), origin => trim(origin))

var signInRedirectsText = readEnvironmentVariable('SIGN_IN_REDIRECTS', '')
param signInRedirects = empty(trim(signInRedirectsText)) ? [] : map(split(signInRedirectsText, ','), url => trim(url))

// A platform is left out if all its variables are empty. If only some are empty, the template refuses it.

var wnsPackageSid = readEnvironmentVariable('WNS_PACKAGE_SID', '')
var wnsSecretKey = readEnvironmentVariable('WNS_SECRET_KEY', '')
param wns = empty('${wnsPackageSid}${wnsSecretKey}') ? null : { packageSid: wnsPackageSid, secretKey: wnsSecretKey }

var apnsKey = readEnvironmentVariable('APNS_KEY', '')
var apnsKeyId = readEnvironmentVariable('APNS_KEY_ID', '')
var apnsTeamId = readEnvironmentVariable('APNS_TEAM_ID', '')
var apnsBundleId = readEnvironmentVariable('APNS_BUNDLE_ID', '')
var apnsEnvironment = readEnvironmentVariable('APNS_ENVIRONMENT', '')
param apns = empty('${apnsKey}${apnsKeyId}${apnsTeamId}${apnsBundleId}${apnsEnvironment}')
  ? null
  : {
      key: apnsKey
      keyId: apnsKeyId
      teamId: apnsTeamId
      bundleId: apnsBundleId
      environment: apnsEnvironment
    }

var fcmProjectId = readEnvironmentVariable('FCM_PROJECT_ID', '')
var fcmClientEmail = readEnvironmentVariable('FCM_CLIENT_EMAIL', '')
// The service account's file writes line breaks as \n. Both these and real ones are accepted.
var fcmPrivateKey = replace(readEnvironmentVariable('FCM_PRIVATE_KEY', ''), '\\n', '\n')
param fcm = empty('${fcmProjectId}${fcmClientEmail}${fcmPrivateKey}')
  ? null
  : { projectId: fcmProjectId, clientEmail: fcmClientEmail, privateKey: fcmPrivateKey }

// The issuers whose tokens the app verifies itself.

var facebookAudience = readEnvironmentVariable('AUTH_FACEBOOK_AUDIENCE', '')
var googleAudience = readEnvironmentVariable('AUTH_GOOGLE_AUDIENCE', '')
var appleAudience = readEnvironmentVariable('AUTH_APPLE_AUDIENCE', '')
var entraAudience = readEnvironmentVariable('AUTH_ENTRA_AUDIENCE', '')
var entraTenantId = readEnvironmentVariable('AUTH_ENTRA_TENANT_ID', '')
var otherName = readEnvironmentVariable('AUTH_OTHER_NAME', '')
var otherIssuer = readEnvironmentVariable('AUTH_OTHER_ISSUER', '')
var otherAudience = readEnvironmentVariable('AUTH_OTHER_AUDIENCE', '')
var otherJwksUri = readEnvironmentVariable('AUTH_OTHER_JWKS_URI', '')
param issuers = union(
  empty(facebookAudience) ? {} : { facebook: { audience: facebookAudience } },
  empty(googleAudience) ? {} : { google: { audience: googleAudience } },
  empty(appleAudience) ? {} : { apple: { audience: appleAudience } },
  empty('${entraAudience}${entraTenantId}') ? {} : { entra: { audience: entraAudience, tenantId: entraTenantId } },
  empty('${otherName}${otherIssuer}${otherAudience}${otherJwksUri}')
    ? {}
    : {
        '${otherName}': union(
          { audience: otherAudience, issuer: otherIssuer },
          empty(otherJwksUri) ? {} : { jwksUri: otherJwksUri }
        )
      }
)

// App Service Authentication, instead of these issuers.

var facebookAppSecret = readEnvironmentVariable('FACEBOOK_APP_SECRET', '')
var googleClientSecret = readEnvironmentVariable('GOOGLE_CLIENT_SECRET', '')
var signInWith = readEnvironmentVariable('APP_SERVICE_AUTHENTICATION', '')
param appServiceAuthentication = signInWith == 'facebook'
  ? {
      facebook: {
        appId: readEnvironmentVariable('FACEBOOK_APP_ID', '')
        appSecret: facebookAppSecret
      }
    }
  : signInWith == 'google'
      ? {
          google: {
            clientId: readEnvironmentVariable('GOOGLE_CLIENT_ID', '')
            clientSecret: googleClientSecret
          }
        }
      : signInWith == 'entra'
          ? {
              entra: {
                clientId: readEnvironmentVariable('ENTRA_CLIENT_ID', '')
                tenantId: readEnvironmentVariable('ENTRA_TENANT_ID', '')
              }
            }
          : empty(signInWith) || signInWith == 'no'
              ? null
              : fail('APP_SERVICE_AUTHENTICATION must be facebook, google, entra or no.')

// `azd env set-secret` keeps a reference in place of the value, and azd does not resolve it for this file.

var secrets = {
  APNS_BUNDLE_ID: apnsBundleId
  APNS_KEY: apnsKey
  APNS_KEY_ID: apnsKeyId
  APNS_TEAM_ID: apnsTeamId
  FACEBOOK_APP_SECRET: facebookAppSecret
  FCM_CLIENT_EMAIL: fcmClientEmail
  FCM_PRIVATE_KEY: fcmPrivateKey
  FCM_PROJECT_ID: fcmProjectId
  GOOGLE_CLIENT_SECRET: googleClientSecret
  WNS_PACKAGE_SID: wnsPackageSid
  WNS_SECRET_KEY: wnsSecretKey
}
var unresolved = map(filter(items(secrets), item => startsWith(item.value, 'akvs://')), item => item.key)
var environmentNameText = readEnvironmentVariable('AZURE_ENV_NAME', '')
param environmentName = empty(unresolved)
  ? empty(environmentNameText) ? 'notify-users' : environmentNameText
  : fail('${join(unresolved, ', ')} must be the value itself, not a reference that begins with akvs://. Use azd env set, not azd env set-secret.')
