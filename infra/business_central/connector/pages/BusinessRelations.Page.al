// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/businessRelations.json instead.
page 58310 "Koppel businessRelations"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel businessRelations', Locked = true;
    EntityName = 'businessRelation';
    EntitySetName = 'businessRelations';
    PageType = API;
    SourceTable = "Contact Business Relation";
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
                field(contactNumber; Rec."Contact No.")
                {
                    Caption = 'contactNumber', Locked = true;
                    Editable = false;
                }
                field(businessRelationCode; Rec."Business Relation Code")
                {
                    Caption = 'businessRelationCode', Locked = true;
                    Editable = false;
                }
                field(linkToTable; Rec."Link to Table")
                {
                    Caption = 'linkToTable', Locked = true;
                    Editable = false;
                }
                field(number; Rec."No.")
                {
                    Caption = 'number', Locked = true;
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
