// Where App Service Authentication keeps the tokens of identity providers. Without it, it keeps them in files,
// which go with the instance. It can reach blobs only with a SAS, which the app's account cannot issue because
// shared keys are off there. So this account is separate, and holds nothing else.

param name string
param location string
param tags object
param vaultName string

@description('Which of the account\'s keys signs the SAS. The other one can be regenerated, which ends SAS made with it.')
param key 'primary' | 'secondary'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    resource tokens 'containers' = {
      name: 'tokens'
      properties: { publicAccess: 'None' }
    }
  }

  // A session can be refreshed for 72 hours. A blob that has not changed for 30 days has no use.
  resource retention 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'delete-old-tokens'
            type: 'Lifecycle'
            definition: {
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['tokens/'] }
            }
          }
        ]
      }
    }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

var sas = {
  canonicalizedResource: '/blob/${account.name}/${account::blobs::tokens.name}'
  keyToSign: key == 'primary' ? 'key1' : 'key2'
  // No practical end: sign-in would fail without a warning on that day. To revoke it, regenerate its key.
  signedExpiry: '2100-01-01T00:00:00Z'
  signedPermission: 'rwdl'
  signedProtocol: 'https'
  signedResource: 'c'
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'token-store-sas-url'
  properties: {
    value: '${account.properties.primaryEndpoints.blob}${account::blobs::tokens.name}?${account.listServiceSas('2024-01-01', sas).serviceSasToken}'
  }
}

@description('The name in the vault of the secret that holds the container\'s URL with its SAS.')
#disable-next-line outputs-should-not-contain-secrets // A name.
output secretName string = secret.name
