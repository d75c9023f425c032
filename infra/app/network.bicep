@description('Required. Base of the resource names.')
param name string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Range of addresses, 128 at least.')
param range string

@description('Required. Resource id of the storage account.')
param storageId string

@description('Required. Whether there is an account for copies of the ledger.')
param withCopies bool

@description('Required. Resource id of that account; empty for none.')
param copiesId string

@description('Required. Resource id of the key vault.')
param vaultId string

var storageDomain = environment().suffixes.storage
var zoneNames = [
  'privatelink.blob.${storageDomain}'
  'privatelink.table.${storageDomain}'
  'privatelink.vaultcore.azure.net'
]
var copies = withCopies ? [{ name: 'copies', group: 'table', target: copiesId, zone: 1 }] : []
var services = concat(
  [
    { name: 'blob', group: 'blob', target: storageId, zone: 0 }
    { name: 'table', group: 'table', target: storageId, zone: 1 }
    { name: 'vault', group: 'vault', target: vaultId, zone: 2 }
  ],
  copies
)

// The systems are reached from one address, which their firewalls may name.
resource address 'Microsoft.Network/publicIPAddresses@2025-05-01' = {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2025-05-01' = {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [range] }
    subnets: [
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(range, 27, 0), privateEndpointNetworkPolicies: 'Disabled' }
      }
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(range, 26, 1)
          natGateway: { id: gateway.id }
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
    ]
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }

  resource app 'subnets' existing = {
    name: 'app'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, at) in zoneNames: {
    parent: zones[at]
    name: 'vnet-${name}'
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for service in services: {
    name: 'pe-${service.name}-${name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: service.group
          properties: { privateLinkServiceId: service.target, groupIds: [service.group] }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (service, at) in services: {
    parent: endpoints[at]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: service.group, properties: { privateDnsZoneId: zones[service.zone].id } }]
    }
  }
]

output appSubnetId string = network::app.id
