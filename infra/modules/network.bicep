// A virtual network in which the app reaches storage and the vault by private endpoints.

param name string
param location string
param tags object

@description('At least a /24. The app takes a /26 of it, the private endpoints a /27.')
param addressPrefix string

param storageId string
param vaultId string

// Flex Consumption integrates with a subnet that is delegated to this service:
// https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to#enable-virtual-network-integration
resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(addressPrefix, 27, 2) }
      }
    ]
  }

  resource functions 'subnets' existing = {
    name: 'functions'
  }
  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

var targets = [
  { group: 'blob', id: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { group: 'queue', id: storageId, zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { group: 'table', id: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  {
    group: 'vault'
    id: vaultId
    zone: replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')
  }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, index) in targets: {
    parent: zones[index]
    name: name
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

// One after the other: a storage account refuses to change for two endpoints at once.
@batchSize(1)
resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for target in targets: {
    name: '${name}-${target.group}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: { privateLinkServiceId: target.id, groupIds: [target.group] }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (target, index) in targets: {
    parent: privateEndpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.group, properties: { privateDnsZoneId: zones[index].id } }]
    }
    dependsOn: [links[index]]
  }
]

output functionsSubnetId string = network::functions.id
