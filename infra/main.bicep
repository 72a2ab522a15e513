// All resources of notify-users, in one resource group. There are no modules, so that it compiles offline.

metadata description = 'notify-users: functions, storage, a notification hub, and what watches them.'

@description('Names the resources and distinguishes deployments in one resource group.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('The region of all resources. It must offer Flex Consumption and Notification Hubs.')
param location string = resourceGroup().location

@description('The version of Node that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('The memory of an instance, in MB.')
@allowed(['512', '2048', '4096'])
param instanceMemoryMB string = '2048'

@description('The maximum number of concurrent instances. It limits the cost of a flood of requests.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Spreads the functions, storage and (above the Free tier) the hub over the availability zones of the region.')
param zoneRedundant bool = false

@description('Free allows 500 devices and a million pushes a month, Basic 200,000 devices, Standard millions.')
@allowed(['Free', 'Basic', 'Standard'])
param hubTier string = 'Free'

@description('Which of the access policy\'s two keys the app uses: see docs/operations.md on rotating them.')
@allowed(['primary', 'secondary'])
param hubKey string = 'primary'

@description('Origins of web pages that may call the functions.')
param allowedOrigins string[] = []

@description('The e-mail address that receives alerts. Without it, alerts appear only in the portal.')
param alertEmail string = ''

@description('The delay of the first retry of a delivery, in seconds.')
@minValue(1)
@maxValue(9999)
param retrySeconds int = 15

@description('The Windows app in the Partner Center. Set all members or none.')
@secure()
param wns {
  @minLength(1)
  @secure()
  packageSid: string
  @minLength(1)
  @secure()
  secretKey: string
}?

@description('The iOS app\'s key at Apple. Set all members or none.')
@secure()
param apns {
  @description('The token signing key: the text of the .p8 file without its first and last line.')
  @minLength(1)
  @secure()
  key: string
  @minLength(1)
  @secure()
  keyId: string
  @minLength(1)
  @secure()
  teamId: string
  @minLength(1)
  @secure()
  bundleId: string
  environment: 'sandbox' | 'production'
}?

@description('The service account of the Firebase project. Set all members or none.')
@secure()
param fcm {
  @minLength(1)
  @secure()
  projectId: string
  @minLength(1)
  @secure()
  clientEmail: string
  @minLength(1)
  @secure()
  privateKey: string
}?

@description('The issuers whose tokens the app verifies itself, by name: facebook, google, apple, entra or one of your own.')
param issuers {
  *: {
    audience: string
    issuer: string?
    jwksUri: string?
    tenantId: string?
  }
} = {}

@description('The identity providers of App Service Authentication, which replaces tokens that the app verifies. Null turns it off.')
@secure()
param appServiceAuthentication {
  facebook: {
    @minLength(1)
    appId: string
    @minLength(1)
    appSecret: string
  }?
  google: {
    @minLength(1)
    clientId: string
    @minLength(1)
    clientSecret: string
  }?
  entra: {
    @minLength(1)
    clientId: string
    @minLength(1)
    tenantId: string
  }?
}?

var suffix = uniqueString(subscription().id, resourceGroup().id, environmentName)
var tags = { 'azd-env-name': environmentName }
var packageContainer = 'package'
var queueNames = ['notifications', 'notifications-poison']

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roles = {
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${suffix}'
  location: location
  tags: tags
}

// ---- Storage: the app's package, the host's locks, the queues and the table ----

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'st${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    resource package 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }
  }

  resource queueService 'queueServices' = {
    name: 'default'
  }

  resource tables 'tableServices' = {
    name: 'default'
    resource todoItem 'tables' = {
      name: 'TodoItem'
    }
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for name in queueNames: {
    parent: storage::queueService
    name: name
  }
]

// The Functions host creates its own containers for locks and keys, so this role is for the whole account.
resource mayUseBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.storageBlobDataOwner)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner)
  }
}

resource mayUseQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in queueNames: {
    name: guid(storage.id, name, identity.id, roles.storageQueueDataContributor)
    scope: queues[index]
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roles.storageQueueDataContributor
      )
    }
  }
]

resource mayUseTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::tables::todoItem.id, identity.id, roles.storageTableDataContributor)
  scope: storage::tables::todoItem
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.storageTableDataContributor
    )
  }
}

// ---- The notification hub ----

resource namespace 'Microsoft.NotificationHubs/namespaces@2023-10-01-preview' = {
  name: 'ntfns-${suffix}'
  location: location
  tags: tags
  sku: { name: hubTier }
  properties: {
    zoneRedundancy: zoneRedundant && hubTier != 'Free' ? 'Enabled' : 'Disabled'
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
resource hubRule 'Microsoft.NotificationHubs/namespaces/notificationHubs/authorizationRules@2023-10-01-preview' = {
  parent: hub
  name: 'functions'
  properties: { rights: ['Listen', 'Manage', 'Send'] }
}

// ---- Secrets ----

// No purge protection: a deployment recreates the secrets, and azd down --purge removes the vault.
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${suffix}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
  }
}

resource hubSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'hub-connection-string'
  properties: {
    value: hubKey == 'primary'
      ? hubRule.listKeys().primaryConnectionString
      : hubRule.listKeys().secondaryConnectionString
  }
}

resource mayReadHubSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hubSecret.id, identity.id, roles.keyVaultSecretsUser)
  scope: hubSecret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

var facebook = appServiceAuthentication.?facebook
var google = appServiceAuthentication.?google
var entra = appServiceAuthentication.?entra

resource facebookSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (facebook != null) {
  parent: vault
  name: 'facebook-app-secret'
  properties: { value: facebook.?appSecret }
}

resource mayReadFacebookSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (facebook != null) {
  name: guid(facebookSecret.id, identity.id, roles.keyVaultSecretsUser)
  scope: facebookSecret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

resource googleSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (google != null) {
  parent: vault
  name: 'google-client-secret'
  properties: { value: google.?clientSecret }
}

resource mayReadGoogleSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (google != null) {
  name: guid(googleSecret.id, identity.id, roles.keyVaultSecretsUser)
  scope: googleSecret
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

// ---- Logs ----

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: logs.id
  }
}

resource mayPublishLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, roles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.monitoringMetricsPublisher
    )
  }
}

// ---- The functions ----

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${suffix}'
  location: location
  // azd finds the app by this tag.
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    siteConfig: {
      cors: { allowedOrigins: allowedOrigins, supportCredentials: false }
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: int(instanceMemoryMB)
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }
  dependsOn: [mayUseBlobs, mayUseQueue, mayUseTable, mayReadHubSecret, mayPublishLogs]

  // Publishing uses an identity, so publishing passwords are off.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

var pushPlatforms = concat(
  wns == null ? [] : ['wns'],
  apns == null ? [] : ['apns'],
  fcm == null ? [] : ['fcmv1']
)

var issuerSettings = flatten(map(items(issuers), issuer =>
  map(items(issuer.value), member => {
    name: 'Auth__${issuer.key}__${member.key}'
    value: member.value
  })))

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    {
      // The app accepts 64 KiB and says so. What is larger than this limit, the host refuses before it is in memory.
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576'
      AzureWebJobsDisableHomepage: 'true'
      AzureWebJobsStorage__accountName: storage.name
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      NotificationHub__connectionString: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${hubSecret.name})'
      NotificationHub__name: hub.name
      Delivery__retrySeconds: string(retrySeconds)
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    },
    // If no platform has credentials, the app sends to all of them, and the hub reports what is missing.
    empty(pushPlatforms) ? {} : { Push__platforms: join(pushPlatforms, ',') },
    toObject(issuerSettings, setting => setting.name, setting => setting.value),
    facebook == null
      ? {}
      : {
          FACEBOOK_APP_SECRET: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=facebook-app-secret)'
        },
    google == null
      ? {}
      : {
          GOOGLE_CLIENT_SECRET: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=google-client-secret)'
        }
  )
}

// Anonymous requests reach the app, which returns 401 itself, because /api/health needs no sign-in.
resource authentication 'Microsoft.Web/sites/config@2024-04-01' = if (appServiceAuthentication != null) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
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
    login: { tokenStore: { enabled: true } }
  }
  dependsOn: [settings]
}

// ---- Alerts: docs/operations.md explains each one and what to do ----

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'notifyusers'
    emailReceivers: [{ name: 'operators', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

type alert = {
  name: string
  description: string
  query: string
  @description('Fires above this many lines in 15 minutes.')
  above: int
  severity: 0 | 1 | 2 | 3 | 4
  @description('Whether the alert resolves itself when the lines stop.')
  ends: bool
}

var alerts alert[] = [
  {
    // Storage has no metric for the length of one queue, so the query counts the log lines of messages
    // put there. The alert stays until an operator closes it.
    name: 'poison-queue'
    description: 'The poison queue holds notifications. Run npm run redrive.'
    query: 'AppTraces | where Message contains \'"outcome":"expired"\' or Message contains \'"outcome":"poisoned"\' or Message contains \'notifications-poison\''
    above: 0
    severity: 2
    ends: false
  }
  {
    name: 'failed-requests'
    description: 'The functions return 5xx, or redelivery fails.'
    query: 'AppRequests | where Success == false or toint(ResultCode) >= 500'
    above: 5
    severity: 2
    ends: true
  }
  {
    name: 'hub-credentials-refused'
    description: 'The hub refuses the app\'s credentials, or does not exist. Nothing is delivered until this is fixed.'
    query: 'AppTraces | where Message contains \'"outcome":"credentials-refused"\' or (Message contains \'registration-failed\' and Message contains \'"kind":"credentials"\')'
    above: 0
    severity: 1
    ends: true
  }
  {
    name: 'circuit-open'
    description: 'The hub does not respond. Inserts continue, and their notifications are sent when it responds again.'
    query: 'AppTraces | where Message contains \'"outcome":"circuit-open"\''
    above: 0
    severity: 2
    ends: true
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in alerts: {
    name: '${one.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'notify-users (${environmentName}): ${one.name}'
      description: one.description
      enabled: true
      severity: one.severity
      scopes: [logs.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: one.ends
      // The tables do not exist until the first log line arrives.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: one.above
            failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmail) ? [] : [operators.id] }
    }
  }
]

output FUNCTIONS_URL string = 'https://${app.properties.defaultHostName}'
output FUNCTIONS_NAME string = app.name
