// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/crmConnectionSetups.json instead.
page 58322 "Koppel crmConnectionSetups"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel crmConnectionSetups', Locked = true;
    EntityName = 'crmConnectionSetup';
    EntitySetName = 'crmConnectionSetups';
    PageType = API;
    SourceTable = "CRM Connection Setup";
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    Extensible = false;
    InsertAllowed = false;
    ModifyAllowed = false;
    DeleteAllowed = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(id; Rec.SystemId)
                {
                    Caption = 'id', Locked = true;
                    Editable = false;
                }
                field(serverAddress; Rec."Server Address")
                {
                    Caption = 'serverAddress', Locked = true;
                    Editable = false;
                }
                field(enabled; Rec."Is Enabled")
                {
                    Caption = 'enabled', Locked = true;
                    Editable = false;
                }
                field(salesOrdersEnabled; Rec."Is S.Order Integration Enabled")
                {
                    Caption = 'salesOrdersEnabled', Locked = true;
                    Editable = false;
                }
                field(salesOrdersBothWays; Rec."Bidirectional Sales Order Int.")
                {
                    Caption = 'salesOrdersBothWays', Locked = true;
                    Editable = false;
                }
                field(createsSalesOrders; Rec."Auto Create Sales Orders")
                {
                    Caption = 'createsSalesOrders', Locked = true;
                    Editable = false;
                }
                field(processesSalesQuotes; Rec."Auto Process Sales Quotes")
                {
                    Caption = 'processesSalesQuotes', Locked = true;
                    Editable = false;
                }
                field(itemAvailabilityEnabled; Rec."Item Availability Enabled")
                {
                    Caption = 'itemAvailabilityEnabled', Locked = true;
                    Editable = false;
                }
                field(unitGroupsEnabled; Rec."Unit Group Mapping Enabled")
                {
                    Caption = 'unitGroupsEnabled', Locked = true;
                    Editable = false;
                }
                field(defaultPriceListId; Rec."Default CRM Price List ID")
                {
                    Caption = 'defaultPriceListId', Locked = true;
                    Editable = false;
                }
                field(lastModifiedDateTime; Rec.SystemModifiedAt)
                {
                    Caption = 'lastModifiedDateTime', Locked = true;
                    Editable = false;
                }
            }
        }
    }
}
