// Written out by infra/business_central/write.py.
permissionset 58300 "Koppel Sync"
{
    Assignable = true;
    Caption = 'Koppel Sync', Locked = true;
    Permissions =
        tabledata "CDS Connection Setup" = R,
        tabledata "CRM Connection Setup" = R,
        tabledata "CRM Integration Record" = R,
        tabledata "CRM Option Mapping" = R,
        tabledata "Config. Template Header" = R,
        tabledata Contact = RIMD,
        tabledata "Contact Business Relation" = R,
        tabledata Customer = RIMD,
        tabledata "Customer Price Group" = RIMD,
        tabledata "General Ledger Setup" = R,
        tabledata Item = RIMD,
        tabledata "Marketing Setup" = R,
        tabledata "Sales & Receivables Setup" = R,
        tabledata "Shipping Agent" = RIMD,
        tabledata "Unit of Measure" = R,
        tabledata Vendor = RIMD,
        page "Koppel customerCards" = X,
        page "Koppel vendorCards" = X,
        page "Koppel contactCards" = X,
        page "Koppel itemCards" = X,
        page "Koppel shippingAgents" = X,
        page "Koppel customerPriceGroups" = X,
        page "Koppel businessRelations" = X,
        page "Koppel marketingSetups" = X,
        page "Koppel salesSetups" = X,
        page "Koppel crmIntegrationRecords" = X,
        page "Koppel crmOptionMappings" = X,
        page "Koppel crmConnectionSetups" = X,
        page "Koppel cdsConnectionSetups" = X;
}
