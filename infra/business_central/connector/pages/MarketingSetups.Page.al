// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/marketingSetups.json instead.
page 58311 "Koppel marketingSetups"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel marketingSetups', Locked = true;
    EntityName = 'marketingSetup';
    EntitySetName = 'marketingSetups';
    PageType = API;
    SourceTable = "Marketing Setup";
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
                field(customerRelationCode; Rec."Bus. Rel. Code for Customers")
                {
                    Caption = 'customerRelationCode', Locked = true;
                    Editable = false;
                }
                field(vendorRelationCode; Rec."Bus. Rel. Code for Vendors")
                {
                    Caption = 'vendorRelationCode', Locked = true;
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
