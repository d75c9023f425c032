@description('Required. Principal of the app.')
param principalId string

@description('Required. Object id of the person or group that may read and restore the ledger and the keys; empty for nobody.')
param operatorId string

@description('Required. What the operator is.')
param operatorType string

@description('Required. Storage account that holds the ledger and the deployment package.')
param storageName string

@description('Required. Key vault that holds the keys.')
param vaultName string

@description('Required. Application Insights component.')
param insightsName string

// Storage Blob Data Owner: the host reads its package and keeps timer leases and keys.
var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
// Storage Table Data Contributor: the ledger.
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
// Key Vault Secrets User: settings by reference.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
// Key Vault Secrets Officer: keys are read, and the secret of an app registration is set.
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
// Monitoring Metrics Publisher: telemetry without a key.
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

var operators = empty(operatorId) ? [] : [operatorId]

resource storage 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobOwner, tableContributor]: {
    scope: storage
    name: guid(storage.id, principalId, role)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, secretsUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, principalId, metricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

resource operatorsTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for operator in operators: {
    scope: storage
    name: guid(storage.id, operator, tableContributor)
    properties: {
      principalId: operator
      principalType: operatorType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableContributor)
    }
  }
]

resource operatorsKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for operator in operators: {
    scope: vault
    name: guid(vault.id, operator, secretsOfficer)
    properties: {
      principalId: operator
      principalType: operatorType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
    }
  }
]
