// The secrets of the identity providers of App Service Authentication.

import { identityProviders } from 'types.bicep'

param vaultName string

param providers identityProviders

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource facebook 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (providers.?facebook != null) {
  parent: vault
  name: 'facebook-app-secret'
  properties: { value: providers.?facebook.?appSecret }
}

resource google 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (providers.?google != null) {
  parent: vault
  name: 'google-client-secret'
  properties: { value: providers.?google.?clientSecret }
}

@description('The names of the secrets in the vault, by the app setting that refers to them.')
output settings object = union(
  #disable-next-line outputs-should-not-contain-secrets // A name.
  providers.?facebook == null ? {} : { FACEBOOK_APP_SECRET: facebook.name },
  #disable-next-line outputs-should-not-contain-secrets // A name.
  providers.?google == null ? {} : { GOOGLE_CLIENT_SECRET: google.name }
)
