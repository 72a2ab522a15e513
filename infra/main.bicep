// All resources of notify-users, in one resource group. The modules are local, so that it compiles offline.

metadata description = 'notify-users: functions, storage, a notification hub, and what watches them.'

import { acceptedIssuers, apnsCredentials, fcmCredentials, identityProviders, isIssuerName, isTopic, wnsCredentials } from 'modules/types.bicep'

// ---- Where, and how large ----

@description('Names the deployment. azd allows as many characters.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of all resources. It must offer Flex Consumption and Notification Hubs.')
param location string = resourceGroup().location

@description('The version of Node that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('The memory of an instance, in MB.')
@allowed(['512', '2048', '4096'])
param instanceMemoryMB string = '2048'

@description('The maximum number of concurrent instances of the HTTP functions, and of the queue trigger. It limits the cost of a flood of requests.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('How many instances of the HTTP functions always run. They have no cold start, and cost while they idle.')
@minValue(0)
@maxValue(1000)
param alwaysReadyInstances int = 0

@description('Replaces instances one after the other at a deployment, instead of ending their requests. Some regions do not offer it yet.')
param rollingUpdates bool = false

@description('Spreads the functions, storage and (above the Free tier) the hub over the availability zones of the region.')
param zoneRedundant bool = false

@description('Puts the app into a virtual network, and closes storage and the vault to everything outside it.')
param privateNetwork bool = false

@description('The addresses of the virtual network: at least a /24.')
param addressPrefix string = '10.0.0.0/24'

// ---- The hub ----

@description('Free allows 500 devices and a million pushes a month, Basic 200,000 devices, Standard millions.')
@allowed(['Free', 'Basic', 'Standard'])
param hubTier string = 'Free'

@description('Which of the access policy\'s two keys the app uses: see docs/operations.md on rotating them.')
@allowed(['primary', 'secondary'])
param hubKey string = 'primary'

@description('The Windows app in the Partner Center. Set all members or none.')
param wns wnsCredentials?

@description('The iOS app\'s key at Apple. Set all members or none.')
param apns apnsCredentials?

@description('The service account of the Firebase project. Set all members or none.')
param fcm fcmCredentials?

@description('The delay of the first retry of a delivery, in seconds.')
@minValue(1)
@maxValue(9999)
param retrySeconds int = 15

@description('The title of an item\'s notification. Empty: that of the tutorial.')
@maxLength(200)
param notificationTitle string = ''

@description('Whether iPhones get the title of an item too. The tutorial\'s app expects the text alone.')
param appleTitle bool = false

@description('Whether Apple\'s payload has what Firebase\'s packages for React Native and Flutter ask for.')
param appleFirebase bool = false

@description('The sound on iPhones: default, or the name of a file in the app. Empty: none.')
@maxLength(64)
param appleSound string = ''

@description('The id of the notification channel on Android. Empty: the app\'s own choice.')
@maxLength(100)
param androidChannel string = ''

@description('The topics that devices may subscribe to.')
param topics string[] = []

@description('Bounds the messages of trusted backends, for each instance: so many at once, and as many again in each minute. 0 is no bound.')
@minValue(0)
@maxValue(999999)
param messagesPerMinute int = 60

@description('Bounds the writes of each user in the same way.')
@minValue(0)
@maxValue(999999)
param writesPerMinute int = 120

@description('The writes of each user at once, as of an app that was offline.')
@minValue(1)
@maxValue(999999)
param writesAtOnce int = 1000

@description('Bounds the lists of each user that read many rows in the same way.')
@minValue(0)
@maxValue(999999)
param scansPerMinute int = 300

// ---- Who may call ----

@description('The issuers whose tokens the app verifies itself. They or App Service Authentication are required.')
param issuers acceptedIssuers = {}

@description('The identity providers of App Service Authentication, which replaces tokens that the app verifies. Null turns it off.')
param appServiceAuthentication identityProviders?

@description('Which key of the token store\'s account App Service Authentication uses.')
@allowed(['primary', 'secondary'])
param tokenStoreKey string = 'primary'

@description('Origins of web pages that may call the functions.')
param allowedOrigins string[] = []

@description('Addresses outside the function app at which a sign-in may end, such as myapp://easyauth.callback.')
param signInRedirects string[] = []

// ---- Who watches ----

@description('The e-mail address that receives alerts. Without it, alerts appear only in the portal.')
param alertEmail string = ''

@description('Keeps the audit log of the vault and the operational log of the hub, with the app\'s logs.')
param diagnostics bool = true

// ---- What is refused before anything is deployed ----

var faults = concat(
  empty(issuers) && appServiceAuthentication == null
    ? [
        'No user could sign in. Name an issuer, for example AUTH_GOOGLE_AUDIENCE, or set APP_SERVICE_AUTHENTICATION.'
      ]
    : [],
  map(
    filter(objectKeys(issuers), name => !isIssuerName(name)),
    name => 'The issuer name "${name}" is invalid. Use only letters and digits.'
  ),
  map(
    filter(topics, topic => !isTopic(topic)),
    topic => 'The topic "${topic}" is invalid. Use 1 to 64 lower-case letters, digits and hyphens.'
  ),
  map(
    filter(allowedOrigins, origin => origin != '*' && (length(split(origin, '/')) != 3 || empty(last(split(origin, '/'))))),
    origin => 'The origin "${origin}" is invalid. Use the form https://app.example.com, without a path or a slash at the end.'
  )
)

// Every resource has tags, so a fault stops them all.
var tags = empty(faults) ? { 'azd-env-name': environmentName } : fail(join(faults, ' '))
var suffix = uniqueString(subscription().id, resourceGroup().id, environmentName)

// ---- The parts ----

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${suffix}'
  location: location
  tags: tags
}

module vault 'modules/vault.bicep' = {
  params: {
    name: 'kv-${suffix}'
    location: location
    tags: tags
    privateNetwork: privateNetwork
    identityName: identity.name
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: 'log-${suffix}'
    insightsName: 'appi-${suffix}'
    location: location
    tags: tags
    identityName: identity.name
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: 'st${suffix}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    identityName: identity.name
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: 'vnet-${suffix}'
    location: location
    tags: tags
    addressPrefix: addressPrefix
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module hub 'modules/hub.bicep' = {
  params: {
    namespaceName: 'ntfns-${suffix}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    tier: hubTier
    key: hubKey
    wns: wns
    apns: apns
    fcm: fcm
    vaultName: vault.outputs.name
  }
}

module tokenStore 'modules/tokenStore.bicep' = if (appServiceAuthentication != null) {
  params: {
    name: 'auth${suffix}'
    location: location
    tags: tags
    key: tokenStoreKey
    vaultName: vault.outputs.name
  }
}

module signInSecrets 'modules/signInSecrets.bicep' = if (appServiceAuthentication != null) {
  params: {
    providers: appServiceAuthentication!
    vaultName: vault.outputs.name
  }
}

var pushPlatforms = concat(wns == null ? [] : ['wns'], apns == null ? [] : ['apns'], fcm == null ? [] : ['fcmv1'])

var issuerSettings = flatten(map(
  items(issuers),
  issuer => map(items(issuer.value), member => { name: 'Auth__${issuer.key}__${member.key}', value: member.value })
))

module app 'modules/app.bicep' = {
  params: {
    name: 'func-${suffix}'
    planName: 'plan-${suffix}'
    location: location
    tags: tags
    identityId: identity.id
    nodeVersion: nodeVersion
    instanceMemoryMB: int(instanceMemoryMB)
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    rollingUpdates: rollingUpdates
    zoneRedundant: zoneRedundant
    allowedOrigins: allowedOrigins
    packageUrl: storage.outputs.packageUrl
    subnetId: privateNetwork ? network!.outputs.functionsSubnetId : ''
    settings: union(
      {
        // The app accepts 64 KiB and says so. What is larger than this limit, the host refuses before it is in memory.
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576'
        AzureWebJobsDisableHomepage: 'true'
        AzureWebJobsStorage__accountName: storage.outputs.name
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.properties.clientId
        NotificationHub__name: hub.outputs.name
        Delivery__retrySeconds: string(retrySeconds)
        Push__messagesPerMinute: string(messagesPerMinute)
        Limits__writesPerMinute: string(writesPerMinute)
        Limits__writesAtOnce: string(writesAtOnce)
        Limits__scansPerMinute: string(scansPerMinute)
        APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      },
      // If no platform has credentials, the app sends to all of them, and the hub reports what is missing.
      empty(pushPlatforms) ? {} : { Push__platforms: join(pushPlatforms, ',') },
      empty(topics) ? {} : { Push__topics: join(topics, ',') },
      empty(notificationTitle) ? {} : { Push__title: notificationTitle },
      appleTitle ? { Push__appleTitle: 'true' } : {},
      appleFirebase ? { Push__appleFirebase: 'true' } : {},
      empty(appleSound) ? {} : { Push__appleSound: appleSound },
      empty(androidChannel) ? {} : { Push__androidChannel: androidChannel },
      toObject(issuerSettings, setting => setting.name, setting => setting.value)
    )
    vaultName: vault.outputs.name
    vaultReferences: union(
      { NotificationHub__connectionString: hub.outputs.secretName },
      appServiceAuthentication == null
        ? {}
        : union(signInSecrets!.outputs.settings, { AUTH_TOKEN_STORE_SAS_URL: tokenStore!.outputs.secretName })
    )
  }
}

module signIn 'modules/signIn.bicep' = {
  params: {
    appName: app.outputs.name
    providers: appServiceAuthentication
    externalRedirects: signInRedirects
  }
}

module vaultAndHubLogs 'modules/diagnostics.bicep' = if (diagnostics) {
  params: {
    workspaceId: monitoring.outputs.workspaceId
    vaultName: vault.outputs.name
    hubNamespaceName: hub.outputs.namespaceName
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    suffix: suffix
    environmentName: environmentName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    functionsUrl: app.outputs.url
    email: alertEmail
  }
}

// azd keeps these in its environment, where ops/awaitHealth.mjs finds them.
output FUNCTIONS_URL string = app.outputs.url
output FUNCTIONS_NAME string = app.outputs.name
output FUNCTIONS_ID string = app.outputs.id
output RESOURCE_MANAGER_URL string = environment().resourceManager
