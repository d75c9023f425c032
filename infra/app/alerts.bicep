@description('Required. Base of the resource names.')
param name string

@description('Required. What people read, with the name of the environment.')
param title string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Resource id of Application Insights.')
param insightsId string

@description('Required. Addresses of the people who are told.')
param addresses array

@description('Required. Action group that exists and is told instead; empty for one that is made of the addresses.')
param actionGroupId string

@description('Required. What the resource group may cost in a month; 0 for no budget.')
param monthlyBudget int

@description('Required. First day of the month in which the budget was made.')
param budgetStart string

// `alert` is what Koppel names a check that is red, on its metric koppel.red and in the answer of ready.
var troubles = [
  { alert: 'sign_in', severity: 1, what: 'Sign-in to a system fails, or the system does not answer' }
  { alert: 'ledger', severity: 1, what: 'The ledger is lost, or was never set up' }
  { alert: 'flow', severity: 1, what: 'A flow is paused' }
  { alert: 'map', severity: 1, what: 'A map cannot be used' }
  { alert: 'held', severity: 2, what: 'Lines do not flow: they are hidden, or read blank too often' }
  { alert: 'passes', severity: 2, what: 'A compare pass is overdue' }
  { alert: 'parked', severity: 2, what: 'The number of parked records grows' }
  { alert: 'standing', severity: 2, what: 'A record has stood still for more than an hour' }
  { alert: 'subscriptions', severity: 2, what: 'Events are not subscribed to as they should be' }
]
var runbooks = 'docs/runbooks.md'
var group = empty(actionGroupId) ? own.?id ?? '' : actionGroupId

resource own 'Microsoft.Insights/actionGroups@2023-01-01' = if (empty(actionGroupId)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'koppel'
    enabled: true
    emailReceivers: [
      for (address, at) in addresses: { name: 'person-${at}', emailAddress: address, useCommonAlertSchema: true }
    ]
  }
}

resource pump 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: 'koppel-pump-${name}'
  location: location
  tags: tags
  properties: {
    displayName: '${title}: the pump stands'
    description: 'Nothing has been told by the pump for a quarter of an hour. Runbook: ${runbooks}#pump'
    severity: 1
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == "koppel.red"'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: [group] }
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for trouble in troubles: {
    name: 'koppel-${trouble.alert}-${name}'
    location: location
    tags: tags
    properties: {
      displayName: '${title}: ${trouble.what}'
      description: '${trouble.what}. Runbook: ${runbooks}#${trouble.alert}'
      severity: trouble.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: 'customMetrics | where name == "koppel.red" and tostring(customDimensions.alert) == "${trouble.alert}" and value > 0 | extend what = tostring(customDimensions.what)'
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: [{ name: 'what', operator: 'Include', values: ['*'] }]
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: [group] }
    }
  }
]

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = if (monthlyBudget > 0) {
  name: 'koppel-budget-${name}'
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: empty(budgetStart)
        ? fail('BUDGET_START is needed with MONTHLY_BUDGET: azd env set BUDGET_START, with the first day of this month')
        : budgetStart
    }
    notifications: {
      most: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: addresses
        contactGroups: [group]
      }
      expected: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: addresses
        contactGroups: [group]
      }
    }
  }
}
