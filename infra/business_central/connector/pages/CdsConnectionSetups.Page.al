// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/cdsConnectionSetups.json instead.
page 58323 "Koppel cdsConnectionSetups"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel cdsConnectionSetups', Locked = true;
    EntityName = 'cdsConnectionSetup';
    EntitySetName = 'cdsConnectionSetups';
    PageType = API;
    SourceTable = "CDS Connection Setup";
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
                field(ownershipModel; Format(Rec."Ownership Model", 0, '<Number>'))
                {
                    Caption = 'ownershipModel', Locked = true;
                    Editable = false;
                }
                field(businessUnitId; Rec."Business Unit Id")
                {
                    Caption = 'businessUnitId', Locked = true;
                    Editable = false;
                }
                field(businessUnitName; Rec."Business Unit Name")
                {
                    Caption = 'businessUnitName', Locked = true;
                    Editable = false;
                }
                field(baseCurrencyId; Rec.BaseCurrencyId)
                {
                    Caption = 'baseCurrencyId', Locked = true;
                    Editable = false;
                }
                field(baseCurrencyCode; Rec.BaseCurrencyCode)
                {
                    Caption = 'baseCurrencyCode', Locked = true;
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
