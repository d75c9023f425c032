@description('Required. Name of the workbook: a GUID.')
param name string

@description('Required. What people read, with the name of the environment.')
param title string

@description('Required. Azure region.')
param location string

@description('Required. Tags.')
param tags object

@description('Required. Resource id of Application Insights.')
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: title
    category: 'workbook'
    sourceId: insightsId
    version: 'Notebook/1.0'
    serializedData: loadTextContent('workbook.json')
  }
}

output id string = workbook.id
