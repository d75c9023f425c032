// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/crmIntegrationRecords.json instead.
page 58320 "Koppel crmIntegrationRecords"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel crmIntegrationRecords', Locked = true;
    EntityName = 'crmIntegrationRecord';
    EntitySetName = 'crmIntegrationRecords';
    PageType = API;
    SourceTable = "CRM Integration Record";
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
                field(dataverseId; Rec."CRM ID")
                {
                    Caption = 'dataverseId', Locked = true;
                    Editable = false;
                }
                field(recordId; Rec."Integration ID")
                {
                    Caption = 'recordId', Locked = true;
                    Editable = false;
                }
                field(tableNumber; Rec."Table ID")
                {
                    Caption = 'tableNumber', Locked = true;
                    Editable = false;
                }
                field(lastModifiedSynchronized; Rec."Last Synch. Modified On")
                {
                    Caption = 'lastModifiedSynchronized', Locked = true;
                    Editable = false;
                }
                field(lastDataverseModifiedSynchronized; Rec."Last Synch. CRM Modified On")
                {
                    Caption = 'lastDataverseModifiedSynchronized', Locked = true;
                    Editable = false;
                }
                field(skipped; Rec.Skipped)
                {
                    Caption = 'skipped', Locked = true;
                    Editable = false;
                }
                field(archivedSalesOrder; Rec."Archived Sales Order")
                {
                    Caption = 'archivedSalesOrder', Locked = true;
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
