// App Service Authentication in front of the app, on or off. A deployment leaves alone what it does not name, so it
// says also when it is off. Deployed after the app's settings, which it names.

import { identityProviders } from 'types.bicep'

param appName string

@description('Null turns it off.')
param providers identityProviders?

@description('Addresses outside the app at which a sign-in may end.')
param externalRedirects string[]

var facebook = providers.?facebook
var google = providers.?google
var entra = providers.?entra

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

// Anonymous requests reach the app, which returns 401 itself, because /api/health needs no sign-in.
resource authentication 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: providers != null }
    globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
    httpSettings: { requireHttps: true }
    identityProviders: {
      facebook: facebook == null
        ? { enabled: false }
        : {
            enabled: true
            registration: { appId: facebook.?appId, appSecretSettingName: 'FACEBOOK_APP_SECRET' }
          }
      google: google == null
        ? { enabled: false }
        : {
            enabled: true
            registration: { clientId: google.?clientId, clientSecretSettingName: 'GOOGLE_CLIENT_SECRET' }
          }
      azureActiveDirectory: entra == null
        ? { enabled: false }
        : {
            enabled: true
            registration: {
              clientId: entra.?clientId
              openIdIssuer: '${environment().authentication.loginEndpoint}${entra.?tenantId}/v2.0'
            }
          }
    }
    // According to its documentation, the platform passes on the provider's claims, including the user's id,
    // only if the token store is on.
    login: {
      allowedExternalRedirectUrls: externalRedirects
      tokenStore: providers == null
        ? { enabled: false }
        : { enabled: true, azureBlobStorage: { sasUrlSettingName: 'AUTH_TOKEN_STORE_SAS_URL' } }
    }
  }
}
