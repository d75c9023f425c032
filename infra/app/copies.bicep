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

@description('Required. Principal of the app.')
param principalId string

@description('Required. Object id of the person or group that may read the copies; empty for nobody.')
param operatorId string

@description('Required. What the operator is.')
param operatorType string

// Storage Table Data Contributor.
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var operator = empty(operatorId) ? [] : [{ id: operatorId, type: operatorType }]
var users = concat([{ id: principalId, type: 'ServicePrincipal' }], operator)

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: private ? 'Deny' : 'Allow' }
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource copies 'tables' = {
      name: 'koppelcopies'
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'copies'
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the copies of Koppel\'s ledger, which are needed when that is lost.'
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for user in users: {
    scope: account
    name: guid(account.id, user.id, tableContributor)
    properties: {
      principalId: user.id
      principalType: user.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableContributor)
    }
  }
]

output id string = account.id
output tableEndpoint string = account.properties.primaryEndpoints.table
