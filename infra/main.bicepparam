// The parameters of a deployment, read from environment variables. docs/operations.md lists them.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'notify-users')
param nodeVersion = readEnvironmentVariable('NODE_VERSION', '22')
param instanceMemoryMB = readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '40'))
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param hubTier = readEnvironmentVariable('HUB_TIER', 'Free')
param hubKey = readEnvironmentVariable('HUB_KEY', 'primary')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param retrySeconds = int(readEnvironmentVariable('RETRY_SECONDS', '15'))

var origins = readEnvironmentVariable('ALLOWED_ORIGINS', '')
param allowedOrigins = empty(origins) ? [] : split(origins, ',')

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
var fcmPrivateKey = readEnvironmentVariable('FCM_PRIVATE_KEY', '')
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
var otherJwksUri = readEnvironmentVariable('AUTH_OTHER_JWKS_URI', '')
param issuers = union(
  empty(facebookAudience) ? {} : { facebook: { audience: facebookAudience } },
  empty(googleAudience) ? {} : { google: { audience: googleAudience } },
  empty(appleAudience) ? {} : { apple: { audience: appleAudience } },
  empty('${entraAudience}${entraTenantId}') ? {} : { entra: { audience: entraAudience, tenantId: entraTenantId } },
  empty(otherName)
    ? {}
    : {
        '${otherName}': union(
          {
            audience: readEnvironmentVariable('AUTH_OTHER_AUDIENCE', '')
            issuer: readEnvironmentVariable('AUTH_OTHER_ISSUER', '')
          },
          empty(otherJwksUri) ? {} : { jwksUri: otherJwksUri }
        )
      }
)

// App Service Authentication, instead of these issuers.

var signInWith = readEnvironmentVariable('APP_SERVICE_AUTHENTICATION', 'no')
param appServiceAuthentication = signInWith == 'facebook'
  ? {
      facebook: {
        appId: readEnvironmentVariable('FACEBOOK_APP_ID', '')
        appSecret: readEnvironmentVariable('FACEBOOK_APP_SECRET', '')
      }
    }
  : signInWith == 'google'
      ? {
          google: {
            clientId: readEnvironmentVariable('GOOGLE_CLIENT_ID', '')
            clientSecret: readEnvironmentVariable('GOOGLE_CLIENT_SECRET', '')
          }
        }
      : signInWith == 'entra'
          ? {
              entra: {
                clientId: readEnvironmentVariable('ENTRA_CLIENT_ID', '')
                tenantId: readEnvironmentVariable('ENTRA_TENANT_ID', '')
              }
            }
          : null
