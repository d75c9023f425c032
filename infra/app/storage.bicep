@description('Required. Name of the storage account.')
@maxLength(24)
param name string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Redundancy.')
param sku string

@description('Required. Whether the account is reached from the virtual network only.')
param private bool

var container = 'app-package'
var kept = { enabled: true, days: 14 }

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    // Sign-in is by identity only: nobody needs an account key.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: private ? 'Deny' : 'Allow' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: { deleteRetentionPolicy: kept, containerDeleteRetentionPolicy: kept }

    resource package 'containers' = {
      name: container
    }
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource ledger 'tables' = {
      name: 'koppel'
    }
  }
}

// The ledger cannot be had again: `azd down` stops here until somebody takes the lock off.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'ledger'
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the ledger of Koppel: without it every record is met as if for the first time.'
  }
}

output id string = account.id
output name string = account.name
output containerName string = container
output tableEndpoint string = account.properties.primaryEndpoints.table
