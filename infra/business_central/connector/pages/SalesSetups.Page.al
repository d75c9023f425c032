// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/salesSetups.json instead.
page 58312 "Koppel salesSetups"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel salesSetups', Locked = true;
    EntityName = 'salesSetup';
    EntitySetName = 'salesSetups';
    PageType = API;
    SourceTable = "Sales & Receivables Setup";
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
                field(writeInProductType; Format(Rec."Write-in Product Type", 0, '<Number>'))
                {
                    Caption = 'writeInProductType', Locked = true;
                    Editable = false;
                }
                field(writeInProductNumber; Rec."Write-in Product No.")
                {
                    Caption = 'writeInProductNumber', Locked = true;
                    Editable = false;
                }
                field(freightAccountNumber; Rec."Freight G/L Acc. No.")
                {
                    Caption = 'freightAccountNumber', Locked = true;
                    Editable = false;
                }
                field(archiveOrders; Rec."Archive Orders")
                {
                    Caption = 'archiveOrders', Locked = true;
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
