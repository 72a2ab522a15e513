// The notification hub, and the secret with which the app reaches it.

import { wnsCredentials, apnsCredentials, fcmCredentials } from 'types.bicep'

param namespaceName string
param location string
param tags object
param zoneRedundant bool
param tier string
param vaultName string

@description('Which of the access policy\'s keys the app uses.')
param key 'primary' | 'secondary'

param wns wnsCredentials?
param apns apnsCredentials?
param fcm fcmCredentials?

resource namespace 'Microsoft.NotificationHubs/namespaces@2023-10-01-preview' = {
  name: namespaceName
  location: location
  tags: tags
  sku: { name: tier }
  properties: {
    zoneRedundancy: zoneRedundant && tier != 'Free' ? 'Enabled' : 'Disabled'
  }
}

resource hub 'Microsoft.NotificationHubs/namespaces/notificationHubs@2023-10-01-preview' = {
  parent: namespace
  name: 'notify-users'
  location: location
  tags: tags
  properties: {
    wnsCredential: wns == null
      ? null
      : {
          properties: {
            packageSid: wns!.packageSid
            secretKey: wns!.secretKey
            #disable-next-line use-secure-value-for-secure-inputs // A public address.
            windowsLiveEndpoint: 'https://login.live.com/accesstoken.srf'
          }
        }
    // The portal calls appName the bundle id, and appId the team id.
    apnsCredential: apns == null
      ? null
      : {
          properties: {
            appId: apns!.teamId
            appName: apns!.bundleId
            #disable-next-line use-secure-value-for-secure-inputs // A public address.
            endpoint: apns!.environment == 'production'
              ? 'https://api.push.apple.com:443/3/device'
              : 'https://api.development.push.apple.com:443/3/device'
            keyId: apns!.keyId
            token: apns!.key
          }
        }
    fcmV1Credential: fcm == null
      ? null
      : {
          properties: {
            clientEmail: fcm!.clientEmail
            privateKey: fcm!.privateKey
            projectId: fcm!.projectId
          }
        }
  }
}

// The app finds a device's registrations by listing them, which requires Manage.
resource rule 'Microsoft.NotificationHubs/namespaces/notificationHubs/authorizationRules@2023-10-01-preview' = {
  parent: hub
  name: 'functions'
  properties: { rights: ['Listen', 'Manage', 'Send'] }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'hub-connection-string'
  properties: {
    value: key == 'primary' ? rule.listKeys().primaryConnectionString : rule.listKeys().secondaryConnectionString
  }
}

output namespaceName string = namespace.name
output name string = hub.name

@description('The name in the vault of the secret that holds the connection string.')
#disable-next-line outputs-should-not-contain-secrets // A name.
output secretName string = secret.name
