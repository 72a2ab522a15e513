// The vault of the app's secrets, which the app's identity may read.

param name string
param location string
param tags object
param privateNetwork bool

@description('The app\'s identity.')
param identityName string

// Key Vault Secrets User: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var secretsUser = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '4633458b-17de-408a-b874-0445c86b69e6'
)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

// No purge protection: a deployment recreates the secrets, and azd down --purge removes the vault.
// A deployment writes secrets through Azure's control plane, so it also works without public access.
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    softDeleteRetentionInDays: 7
  }
}

// For the whole vault, which holds nothing but the app's secrets: an assignment takes up to 10 minutes to have
// an effect, so there is one, and it is made before anything else that the app needs.
resource mayReadSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, secretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
}

output id string = vault.id
output name string = vault.name
