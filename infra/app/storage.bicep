@description('Required. Name of the storage account.')
@maxLength(24)
param name string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags object

var container = 'app-package'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    // Sign-in is by identity only: nobody needs an account key.
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

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

output name string = account.name
output containerName string = container
output tableEndpoint string = account.properties.primaryEndpoints.table
