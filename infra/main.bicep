targetScope = 'subscription'

@description('Required. Name of the environment; part of every resource name.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Required. Azure region.')
param location string

// -- what is synchronised

@description('Optional. Suites that are turned on, separated by commas.')
param suites string = 'dual_write'

@description('Required. Dataverse environment, such as https://contoso.crm4.dynamics.com.')
param dataverseUrl string

@description('Conditional. Finance and operations environment, such as https://contoso.operations.dynamics.com. Required by dual_write and prospect_to_cash.')
param finopsUrl string = ''

@description('Conditional. Business Central environment, such as https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production. Required by business_central.')
param businessCentralUrl string = ''

@description('Optional. Companies to sync, separated by commas; empty means all that Dataverse knows.')
param companies string = ''

@description('Optional. Address at which the systems reach the app; empty means its own name in Azure.')
param appUrl string = ''

@description('Optional. Overlays, each suite.flow=path of a YAML file in the app, separated by commas.')
param mapOverlays string = ''

@description('Optional. Words that `if` options of map lines may name, separated by commas.')
param mapSwitches string = ''

@description('Optional. Folders with schema files of fields of your own, separated by commas.')
param mapSchemas string = ''

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

@description('Optional. How many seconds a timer works before it leaves the rest to the next: at most half of the function timeout.')
@minValue(1)
@maxValue(300)
param sliceSeconds int = 200

@description('Optional. How many seconds a webhook works before it answers.')
@minValue(1)
@maxValue(30)
param answerSeconds int = 5

@description('Optional. Whose new rows of Dataverse are where neither the map nor the company says it: teams(id) or systemusers(id).')
param dualWriteOwner string = ''

@description('Optional. When dual_write flows catch up (NCRONTAB).')
param dualWriteSchedule string = '0 */30 * * * *'

@description('Optional. When dual_write flows are compared (NCRONTAB).')
param dualWriteCompareSchedule string = '0 0 2 * * *'

@description('Optional. How many minutes a look at what changed in Business Central reaches back, for long transactions.')
@minValue(1)
param businessCentralOverlapMinutes int = 10

@description('Optional. User who signs in to Business Central on premises; empty means the app signs in with tokens.')
param businessCentralUser string = ''

@description('Conditional. Name of the secret in the key vault that holds that user\'s web service access key. Required if a user is given.')
param businessCentralKeyName string = ''

@description('Conditional. Ids of the companies of Business Central to sync, separated by commas. Required by business_central.')
param businessCentralCompanies string = ''

@description('Optional. Whether Koppel\'s connector is installed in Business Central.')
param businessCentralConnector bool = false

@description('Optional. Whose new rows are: person, the user of the salesperson; team, a team that owns all of them.')
@allowed(['person', 'team'])
param businessCentralOwnership string = 'person'

@description('Optional. Price list of Sales that items of Business Central are on, in the local currency; made where it is missing.')
param businessCentralPriceList string = 'Business Central Default Price List'

@description('Optional. Whose new rows of Dataverse are where the map does not say it: teams(id) or systemusers(id).')
param businessCentralOwner string = ''

@description('Optional. When business_central flows catch up (NCRONTAB).')
param businessCentralSchedule string = '0 */30 * * * *'

@description('Optional. When business_central flows are compared (NCRONTAB).')
param businessCentralCompareSchedule string = '0 0 2 * * *'

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

// -- who signs in where

@description('Optional. Tenant of the app registration that signs in to the systems; empty means the app\'s own identity does.')
param entraTenantId string = ''

@description('Conditional. Client id of the app registration. Required if a tenant is given.')
param entraClientId string = ''

@description('Optional. Name of the secret in the key vault that holds the registration\'s secret; empty means a federated credential.')
param entraSecretName string = ''

@description('Optional. Client id of the app registration by which people sign in; empty means that operators use a key.')
param signInClientId string = ''

@description('Conditional. Object id of the Entra group whose members operate. Required if people sign in.')
param signInGroup string = ''

@description('Optional. Object id of the person or group that may read and restore the ledger and the keys; empty means nobody.')
param operatorId string = ''

@description('Optional. What the operator is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorType string = 'Group'

// -- who is told

@description('Conditional. Addresses of the people who are told of troubles, separated by commas. Required unless an action group is given.')
param alertEmails string = ''

@description('Optional. Resource id of an action group that exists; it is told instead.')
param actionGroupId string = ''

@description('Optional. What the resource group may cost in a month, in the currency of the subscription; 0 means no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('Conditional. First day of the month in which the budget was made, such as 2027-01-01. Required if there is a budget; Azure takes no earlier month than the current one for a new budget, and no other for one that stands.')
param budgetStart string = ''

// -- the plan

@description('Optional. Python version of the app.')
@allowed(['3.11', '3.12', '3.13'])
param appPythonVersion string = '3.12'

@description('Optional. Memory of one instance, in MB: 512, 2048 or 4096.')
@minValue(512)
@maxValue(4096)
param instanceMemory int = 2048

@description('Optional. How many instances there may be at once. Each asks a system at most 16 times at once, so all of them 16 times as often.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Optional. How many requests one instance serves at once, before another one is started.')
@minValue(16)
@maxValue(1000)
param httpConcurrency int = 16

@description('Optional. Redundancy of the ledger; the zone redundant ones only where the region has zones.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageSku string = 'Standard_LRS'

@description('Optional. Whether copies of the ledger are kept in a storage account of their own.')
param copyLedger bool = false

@description('Optional. When a copy of the ledger is made (NCRONTAB).')
param ledgerCopySchedule string = '0 0 1 * * *'

@description('Optional. How many copies of the ledger are kept.')
@minValue(1)
param ledgerCopies int = 7

@description('Optional. Whether storage and key vault are reached from a virtual network only.')
param privateNetwork bool = false

@description('Optional. Range of addresses of that network, 128 at least; one that is to be peered needs a range of its own.')
param networkRange string = '10.90.0.0/24'

@description('Optional. How many days logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 30

@description('Optional. Tags for every resource.')
param tags object = {}

var suitesOn = map(split(suites, ','), each => trim(each))
var overFinops = ['dual_write', 'prospect_to_cash']
var finops = empty(finopsUrl) && !empty(intersection(suitesOn, overFinops))
  ? fail('FINOPS_URL is needed by the suites that are on: azd env set FINOPS_URL https://contoso.operations.dynamics.com')
  : finopsUrl
var businessCentral = empty(businessCentralUrl) && contains(suitesOn, 'business_central')
  ? fail('BUSINESS_CENTRAL_URL is needed by business_central: azd env set BUSINESS_CENTRAL_URL https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production')
  : businessCentralUrl
var businessCentralUsed = empty(businessCentralUser) != empty(businessCentralKeyName)
  ? fail('BUSINESS_CENTRAL_USER and BUSINESS_CENTRAL_KEY_NAME belong together: who signs in on premises, and the secret with his key')
  : businessCentralUser
var centralCompanies = empty(businessCentralCompanies) && contains(suitesOn, 'business_central')
  ? fail('BUSINESS_CENTRAL_COMPANIES is needed by business_central: the ids that GET .../api/v2.0/companies lists')
  : businessCentralCompanies
var dataverse = empty(dataverseUrl)
  ? fail('DATAVERSE_URL is needed: azd env set DATAVERSE_URL https://contoso.crm4.dynamics.com')
  : dataverseUrl
var company = empty(prospectToCashCompany) && contains(suitesOn, 'prospect_to_cash')
  ? fail('PROSPECT_TO_CASH_COMPANY is needed by prospect_to_cash: azd env set PROSPECT_TO_CASH_COMPANY usmf')
  : prospectToCashCompany
var addresses = filter(map(split(alertEmails, ','), each => trim(each)), each => !empty(each))
var told = empty(addresses) && empty(actionGroupId)
  ? fail('ALERT_EMAILS is needed: azd env set ALERT_EMAILS anna@contoso.com, or ACTION_GROUP_ID of an action group that exists')
  : addresses
var registration = empty(entraTenantId) != empty(entraClientId) || (empty(entraTenantId) && !empty(entraSecretName))
  ? fail('ENTRA_TENANT_ID and ENTRA_CLIENT_ID belong together, and ENTRA_SECRET_NAME needs both')
  : entraClientId
var group = empty(signInClientId) != empty(signInGroup)
  ? fail('SIGN_IN_CLIENT_ID and SIGN_IN_GROUP belong together: who signs in, and whose members operate')
  : signInGroup

var token = toLower(uniqueString(subscription().id, environmentName, location))
// What people read in mails and in the portal, where several environments stand beside each other.
var title = 'Koppel ${environmentName}'
var allTags = union(tags, { 'azd-env-name': environmentName })

resource resources 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

// One identity for the app: it signs in to the ledger, to the deployment container, to the vault and, unless told otherwise, to both systems.
module identity 'app/identity.bicep' = {
  scope: resources
  params: { name: 'id-koppel-${token}', location: location, tags: allTags }
}

module network 'app/network.bicep' = if (privateNetwork) {
  scope: resources
  params: {
    name: 'koppel-${token}'
    location: location
    tags: allTags
    range: networkRange
    storageId: storage.outputs.id
    withCopies: copyLedger
    copiesId: copies.?outputs.id ?? ''
    vaultId: vault.outputs.id
  }
}

module storage 'app/storage.bicep' = {
  scope: resources
  params: {
    name: 'stkoppel${token}'
    location: location
    tags: allTags
    sku: storageSku
    private: privateNetwork
  }
}

module copies 'app/copies.bicep' = if (copyLedger) {
  scope: resources
  params: {
    name: 'stcopies${token}'
    location: location
    tags: allTags
    sku: storageSku
    private: privateNetwork
    principalId: identity.outputs.principalId
    operatorId: operatorId
    operatorType: operatorType
  }
}

module vault 'app/vault.bicep' = {
  scope: resources
  params: { name: 'kv-koppel-${token}', location: location, tags: allTags, private: privateNetwork }
}

module monitoring 'app/monitoring.bicep' = {
  scope: resources
  params: { name: 'koppel-${token}', location: location, tags: allTags, days: logDays }
}

module roles 'app/rbac.bicep' = {
  scope: resources
  params: {
    principalId: identity.outputs.principalId
    operatorId: operatorId
    operatorType: operatorType
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module alerts 'app/alerts.bicep' = {
  scope: resources
  params: {
    name: 'koppel-${token}'
    title: title
    location: location
    tags: allTags
    insightsId: monitoring.outputs.insightsId
    addresses: told
    actionGroupId: actionGroupId
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
  }
}

module workbook 'app/workbook.bicep' = {
  scope: resources
  params: {
    name: guid('koppel', token)
    title: title
    location: location
    tags: allTags
    insightsId: monitoring.outputs.insightsId
  }
}

module app 'app/function.bicep' = {
  scope: resources
  params: {
    name: 'func-koppel-${token}'
    location: location
    tags: allTags
    pythonVersion: appPythonVersion
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    httpConcurrency: httpConcurrency
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    containerName: storage.outputs.containerName
    insightsConnection: monitoring.outputs.connection
    subnetId: network.?outputs.appSubnetId ?? ''
    signInClientId: signInClientId
    signInGroup: group
    settings: {
      SUITES: suites
      DATAVERSE_URL: dataverse
      FINOPS_URL: finops
      BUSINESS_CENTRAL_URL: businessCentral
      BUSINESS_CENTRAL_USER: businessCentralUsed
      BUSINESS_CENTRAL_KEY: empty(businessCentralKeyName)
        ? ''
        : '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=${businessCentralKeyName})'
      BUSINESS_CENTRAL_NOTIFICATION_KEY: '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=business-central-notification-key)'
      BUSINESS_CENTRAL_OVERLAP_MINUTES: string(businessCentralOverlapMinutes)
      COMPANIES: companies
      LEDGER_ENDPOINT: storage.outputs.tableEndpoint
      LEDGER_CLIENT_ID: identity.outputs.clientId
      LEDGER_CONNECTION: ''
      LEDGER_TABLE: 'koppel'
      LEDGER_COPY: copies.?outputs.tableEndpoint ?? ''
      LEDGER_COPY_SCHEDULE: ledgerCopySchedule
      LEDGER_COPIES: string(ledgerCopies)
      ENTRA_TENANT_ID: entraTenantId
      ENTRA_CLIENT_ID: empty(registration) ? identity.outputs.clientId : registration
      ENTRA_CLIENT_SECRET: empty(entraSecretName)
        ? ''
        : '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=${entraSecretName})'
      APP_URL: appUrl
      DATAVERSE_WEBHOOK_KEY: '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=dataverse-webhook-key)'
      FINGERPRINT_KEYS: '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=fingerprint-keys)'
      OPERATOR_KEY: '@Microsoft.KeyVault(VaultName=${vault.outputs.name};SecretName=operator-key)'
      SIGN_IN_GROUP: group
      MAP_OVERLAYS: mapOverlays
      MAP_SWITCHES: mapSwitches
      MAP_SCHEMAS: mapSchemas
      MAP_FUNCTIONS: mapFunctions
      DELETE_BUDGET: string(deleteBudget)
      OLDER_BUDGET: string(olderBudget)
      TURNED_BACK_SHARE: turnedBackShare
      TURNED_BACK_DAYS: string(turnedBackDays)
      CLOCK_SKEW_SECONDS: string(clockSkewSeconds)
      JOURNAL_DAYS: string(journalDays)
      JOURNAL_VALUES: string(journalValues)
      SLICE_SECONDS: string(sliceSeconds)
      ANSWER_SECONDS: string(answerSeconds)
      BUSINESS_CENTRAL_COMPANIES: centralCompanies
      BUSINESS_CENTRAL_CONNECTOR: string(businessCentralConnector)
      BUSINESS_CENTRAL_OWNERSHIP: businessCentralOwnership
      BUSINESS_CENTRAL_PRICE_LIST: businessCentralPriceList
      BUSINESS_CENTRAL_OWNER: businessCentralOwner
      BUSINESS_CENTRAL_SCHEDULE: businessCentralSchedule
      BUSINESS_CENTRAL_COMPARE_SCHEDULE: businessCentralCompareSchedule
      DUAL_WRITE_OWNER: dualWriteOwner
      DUAL_WRITE_SCHEDULE: dualWriteSchedule
      DUAL_WRITE_COMPARE_SCHEDULE: dualWriteCompareSchedule
      PROSPECT_TO_CASH_COMPANY: company
      PROSPECT_TO_CASH_PREFIX: prospectToCashPrefix
      PROSPECT_TO_CASH_OWNER: prospectToCashOwner
      PROSPECT_TO_CASH_SCHEDULE: prospectToCashSchedule
      PROSPECT_TO_CASH_COMPARE_SCHEDULE: prospectToCashCompareSchedule
      PUMP_SCHEDULE: pumpSchedule
    }
  }
  dependsOn: [roles]
}

// Their names are no parameter's: azd writes them into its environment, and the next provision would read them from there.
output KOPPEL_APP string = app.outputs.name
output KOPPEL_APP_ID string = app.outputs.id
output KOPPEL_URL string = app.outputs.url
output KOPPEL_CLIENT_ID string = identity.outputs.clientId
output KOPPEL_PRINCIPAL_ID string = identity.outputs.principalId
output KOPPEL_VAULT string = vault.outputs.name
output KOPPEL_VAULT_ID string = vault.outputs.id
output KOPPEL_GROUP string = resources.name
