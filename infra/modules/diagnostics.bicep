// Keeps the audit log of the vault and the operational log of the hub, with the app's logs.

param workspaceId string
param vaultName string
param hubNamespaceName string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource hubNamespace 'Microsoft.NotificationHubs/namespaces@2023-10-01-preview' existing = {
  name: hubNamespaceName
}

resource vaultLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: { workspaceId: workspaceId, logs: [{ categoryGroup: 'audit', enabled: true }] }
}

resource hubLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'operations'
  scope: hubNamespace
  properties: { workspaceId: workspaceId, logs: [{ categoryGroup: 'allLogs', enabled: true }] }
}
