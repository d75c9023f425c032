// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/crmOptionMappings.json instead.
page 58321 "Koppel crmOptionMappings"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel crmOptionMappings', Locked = true;
    EntityName = 'crmOptionMapping';
    EntitySetName = 'crmOptionMappings';
    PageType = API;
    SourceTable = "CRM Option Mapping";
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
                field(record; Format(Rec."Record ID"))
                {
                    Caption = 'record', Locked = true;
                    Editable = false;
                }
                field(tableNumber; Rec."Table ID")
                {
                    Caption = 'tableNumber', Locked = true;
                    Editable = false;
                }
                field(optionValue; Rec."Option Value")
                {
                    Caption = 'optionValue', Locked = true;
                    Editable = false;
                }
                field(optionCaption; Rec."Option Value Caption")
                {
                    Caption = 'optionCaption', Locked = true;
                    Editable = false;
                }
                field(integrationTableNumber; Rec."Integration Table ID")
                {
                    Caption = 'integrationTableNumber', Locked = true;
                    Editable = false;
                }
                field(integrationFieldNumber; Rec."Integration Field ID")
                {
                    Caption = 'integrationFieldNumber', Locked = true;
                    Editable = false;
                }
                field(skipped; Rec.Skipped)
                {
                    Caption = 'skipped', Locked = true;
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
