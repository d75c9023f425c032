using './main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'koppel')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param dataverseUrl = readEnvironmentVariable('DATAVERSE_URL', '')
param finopsUrl = readEnvironmentVariable('FINOPS_URL', '')
