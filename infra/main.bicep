targetScope = 'subscription'

@description('Required. Name of the environment; part of every resource name.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Required. Azure region.')
param location string

@description('Required. Dataverse environment, such as https://contoso.crm4.dynamics.com.')
param dataverseUrl string

@description('Conditional. Finance and operations environment, such as https://contoso.operations.dynamics.com. Required by dual_write and prospect_to_cash.')
param finopsUrl string = ''

@description('Optional. Suites that are turned on, separated by commas.')
param suites string = 'dual_write'

@description('Optional. Companies to sync, separated by commas; empty means all that Dataverse knows.')
param companies string = ''

@description('Optional. Overlays, each suite.flow=path of a YAML file in the app, separated by commas.')
param mapOverlays string = ''

@description('Optional. Words that `if` options of map lines may name, separated by commas.')
param mapSwitches string = ''

@description('Optional. Python files with functions that maps name after `fn`, separated by commas.')
param mapFunctions string = ''

@description('Optional. Deletes a flow may carry over within an hour before it pauses.')
@minValue(0)
param deleteBudget int = 50

@description('Optional. Records whose older values a flow may carry over in any hour, before it pauses.')
@minValue(0)
param olderBudget int = 200

@description('Optional. Share of records, ten or more, that look turned back, and pause a flow, or blank, and hold a line: a number up to 1.')
param turnedBackShare string = '0.5'

@description('Optional. How many days older values are known as such.')
@minValue(0)
@maxValue(366)
param turnedBackDays int = 7

@description('Optional. How far the clocks of the two systems may differ, in seconds: inside it latest_wins parks.')
@minValue(0)
param clockSkewSeconds int = 60

@description('Optional. How many days the journal is kept, and jobs that are over.')
@minValue(1)
param journalDays int = 400

@description('Optional. Whether the journal keeps old and new values, or only the names of the fields.')
param journalValues bool = true

@description('Optional. Whose new rows of Dataverse are where neither the map nor the company says it: teams(id) or systemusers(id).')
param dualWriteOwner string = ''

@description('Optional. When dual_write flows catch up (NCRONTAB).')
param dualWriteSchedule string = '0 */30 * * * *'

@description('Optional. When dual_write flows are compared (NCRONTAB).')
param dualWriteCompareSchedule string = '0 0 2 * * *'

@description('Conditional. Company of all rows, such as usmf; of some business units another: usmf,Contoso Germany=demf. Required by prospect_to_cash.')
param prospectToCashCompany string = ''

@description('Optional. How the names of the suite\'s own columns begin; msdynce where Microsoft\'s solution is installed.')
param prospectToCashPrefix string = 'koppel'

@description('Optional. Whose new rows of Dataverse are where the map does not say it: teams(id) or systemusers(id).')
param prospectToCashOwner string = ''

@description('Optional. When prospect_to_cash flows catch up (NCRONTAB).')
param prospectToCashSchedule string = '0 */30 * * * *'

@description('Optional. When prospect_to_cash flows are compared (NCRONTAB).')
param prospectToCashCompareSchedule string = '0 0 2 * * *'

@description('Optional. When the pump works on hints and jobs (NCRONTAB).')
param pumpSchedule string = '0 * * * * *'

@description('Optional. Tenant of an app registration; empty means the app signs in with its own identity.')
param entraTenantId string = ''

@description('Conditional. Client id of the app registration. Required if a tenant is given.')
param entraClientId string = ''

@description('Conditional. Secret of the app registration. Required if a tenant is given.')
@secure()
param entraClientSecret string = ''

@description('Optional. Function key that the events of Dataverse carry: a named key of the app, one for this caller alone.')
@secure()
param dataverseWebhookKey string = ''

@description('Optional. Python version of the app.')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.12'

@description('Optional. Tags for every resource.')
param tags object = {}

var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

// One identity for the app: it signs in to the ledger, to the deployment container and, unless told otherwise, to both systems.
module identity 'app/identity.bicep' = {
  scope: group
  params: { name: 'id-koppel-${token}', location: location, tags: allTags }
}

module storage 'app/storage.bicep' = {
  scope: group
  params: { name: 'stkoppel${token}', location: location, tags: allTags }
}

module monitoring 'app/monitoring.bicep' = {
  scope: group
  params: { name: 'koppel-${token}', location: location, tags: allTags }
}

module roles 'app/rbac.bicep' = {
  scope: group
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module app 'app/function.bicep' = {
  scope: group
  params: {
    name: 'func-koppel-${token}'
    location: location
    tags: allTags
    pythonVersion: pythonVersion
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    containerName: storage.outputs.containerName
    insightsConnection: monitoring.outputs.connection
    settings: {
      SUITES: suites
      DATAVERSE_URL: dataverseUrl
      FINOPS_URL: finopsUrl
      COMPANIES: companies
      LEDGER_ENDPOINT: storage.outputs.tableEndpoint
      LEDGER_CONNECTION: ''
      LEDGER_TABLE: 'koppel'
      ENTRA_TENANT_ID: entraTenantId
      ENTRA_CLIENT_ID: empty(entraClientId) ? identity.outputs.clientId : entraClientId
      ENTRA_CLIENT_SECRET: entraClientSecret
      APP_URL: ''
      DATAVERSE_WEBHOOK_KEY: dataverseWebhookKey
      MAP_OVERLAYS: mapOverlays
      MAP_SWITCHES: mapSwitches
      MAP_FUNCTIONS: mapFunctions
      DELETE_BUDGET: string(deleteBudget)
      OLDER_BUDGET: string(olderBudget)
      TURNED_BACK_SHARE: turnedBackShare
      TURNED_BACK_DAYS: string(turnedBackDays)
      CLOCK_SKEW_SECONDS: string(clockSkewSeconds)
      JOURNAL_DAYS: string(journalDays)
      JOURNAL_VALUES: string(journalValues)
      SLICE_SECONDS: '200'
      ANSWER_SECONDS: '5'
      DUAL_WRITE_OWNER: dualWriteOwner
      DUAL_WRITE_SCHEDULE: dualWriteSchedule
      DUAL_WRITE_COMPARE_SCHEDULE: dualWriteCompareSchedule
      PROSPECT_TO_CASH_COMPANY: prospectToCashCompany
      PROSPECT_TO_CASH_PREFIX: prospectToCashPrefix
      PROSPECT_TO_CASH_OWNER: prospectToCashOwner
      PROSPECT_TO_CASH_SCHEDULE: prospectToCashSchedule
      PROSPECT_TO_CASH_COMPARE_SCHEDULE: prospectToCashCompareSchedule
      PUMP_SCHEDULE: pumpSchedule
    }
  }
  dependsOn: [roles]
}

output APP_NAME string = app.outputs.name
output APP_URL string = app.outputs.url
output APP_CLIENT_ID string = identity.outputs.clientId
