// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/itemCards.json instead.
page 58303 "Koppel itemCards"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel itemCards', Locked = true;
    EntityName = 'itemCard';
    EntitySetName = 'itemCards';
    PageType = API;
    SourceTable = Item;
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    Extensible = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(id; Rec.SystemId)
                {
                    Caption = 'id', Locked = true;
                }
                field(number; Rec."No.")
                {
                    Caption = 'number', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("No."));
                    end;
                }
                field(displayName; Rec.Description)
                {
                    Caption = 'displayName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Description));
                    end;
                }
                field(type; Rec.Type)
                {
                    Caption = 'type', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Type));
                    end;
                }
                field(baseUnitOfMeasureId; UnitId)
                {
                    Caption = 'baseUnitOfMeasureId', Locked = true;

                    trigger OnValidate()
                    begin
                        PutUnitId();
                        MarkSent(Rec.FieldNo("Base Unit of Measure"));
                        MarkSent(Rec.FieldNo("Unit of Measure Id"));
                    end;
                }
                field(baseUnitOfMeasureCode; Rec."Base Unit of Measure")
                {
                    Caption = 'baseUnitOfMeasureCode', Locked = true;
                    Editable = false;
                }
                field(unitPrice; Rec."Unit Price")
                {
                    Caption = 'unitPrice', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Unit Price"));
                    end;
                }
                field(unitCost; Rec."Unit Cost")
                {
                    Caption = 'unitCost', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Unit Cost"));
                    end;
                }
                field(unitVolume; Rec."Unit Volume")
                {
                    Caption = 'unitVolume', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Unit Volume"));
                    end;
                }
                field(grossWeight; Rec."Gross Weight")
                {
                    Caption = 'grossWeight', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Gross Weight"));
                    end;
                }
                field(netWeight; Rec."Net Weight")
                {
                    Caption = 'netWeight', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Net Weight"));
                    end;
                }
                field(vendorNumber; Rec."Vendor No.")
                {
                    Caption = 'vendorNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Vendor No."));
                    end;
                }
                field(vendorItemNumber; Rec."Vendor Item No.")
                {
                    Caption = 'vendorItemNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Vendor Item No."));
                    end;
                }
                field(inventory; Rec.Inventory)
                {
                    Caption = 'inventory', Locked = true;
                    Editable = false;
                }
                field(blocked; Rec.Blocked)
                {
                    Caption = 'blocked', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Blocked));
                    end;
                }
                field(salesBlocked; Rec."Sales Blocked")
                {
                    Caption = 'salesBlocked', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Sales Blocked"));
                    end;
                }
                field(templateCode; TemplateCode)
                {
                    Caption = 'templateCode', Locked = true;

                    trigger OnValidate()
                    begin
                        PutTemplateCode();
                    end;
                }
                field(lastModifiedDateTime; Rec.SystemModifiedAt)
                {
                    Caption = 'lastModifiedDateTime', Locked = true;
                    Editable = false;
                }
            }
        }
    }

    trigger OnAfterGetRecord()
    begin
        ShowHeld();
    end;

    local procedure ShowHeld()
    begin
        ShowUnitId();
        ShowTemplateCode();
    end;

    trigger OnNewRecord(BelowxRec: Boolean)
    begin
        TempSent.DeleteAll();
        ShowHeld();
    end;

    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    var
        Inserted: RecordRef;
    begin
        Rec.Insert(true, true);
        PutLate();
        Inserted.GetTable(Rec);
        if not IsGivenByTemplate(Inserted) then
            GraphMgtGeneralTools.ProcessNewRecordFromAPI(Inserted, TempSent, CurrentDateTime());
        Inserted.SetTable(Rec);
        Rec.Modify(true);
        ShowHeld();
        exit(false);
    end;

    trigger OnModifyRecord(): Boolean
    var
        Before: Record Item;
    begin
        Before.GetBySystemId(Rec.SystemId);
        PutLate();
        if Rec."No." = Before."No." then
            Rec.Modify(true)
        else begin
            Before.TransferFields(Rec, false);
            Before.Rename(Rec."No.");
            Rec.TransferFields(Before);
        end;
        ShowHeld();
        exit(false);
    end;

    local procedure MarkSent(FieldNo: Integer)
    begin
        TempSent.TableNo := Database::Item;
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
        UnitId: Guid;
        UnitSent: Boolean;
        TemplateCode: Code[10];

    local procedure ShowUnitId()
    begin
        UnitId := Rec."Unit of Measure Id";
        UnitSent := false;
    end;

    local procedure PutUnitId()
    begin
        UnitSent := true;
    end;

    // An item has its units in a table of its own, so its base unit can be set once it is there.
    local procedure PutLate()
    var
        UnitOfMeasure: Record "Unit of Measure";
    begin
        if not UnitSent then
            exit;
        if not IsNullGuid(UnitId) then
            UnitOfMeasure.GetBySystemId(UnitId);
        Rec.Validate("Base Unit of Measure", UnitOfMeasure.Code);
    end;

    // A template that a new record names takes the place of those that the page API Setup chooses. It gives what was
    // not sent, as they do.
    local procedure IsGivenByTemplate(var Inserted: RecordRef): Boolean
    var
        ConfigTemplateHeader: Record "Config. Template Header";
        ConfigTemplateManagement: Codeunit "Config. Template Management";
        Given: RecordRef;
    begin
        if TemplateCode = '' then
            exit(false);
        ConfigTemplateHeader.Get(TemplateCode);
        ConfigTemplateHeader.TestField("Table ID", Inserted.Number());
        if ConfigTemplateManagement.ApplyTemplate(Inserted, TempSent, Given, ConfigTemplateHeader) then
            Inserted := Given.Duplicate();
        exit(true);
    end;

    local procedure PutTemplateCode()
    var
        ConfigTemplateHeader: Record "Config. Template Header";
    begin
        if TemplateCode <> '' then
            ConfigTemplateHeader.Get(TemplateCode);
    end;

    // Nothing is kept of it.
    local procedure ShowTemplateCode()
    begin
        TemplateCode := '';
    end;
}
