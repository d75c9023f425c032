// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/customerPriceGroups.json instead.
page 58305 "Koppel customerPriceGroups"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel customerPriceGroups', Locked = true;
    EntityName = 'customerPriceGroup';
    EntitySetName = 'customerPriceGroups';
    PageType = API;
    SourceTable = "Customer Price Group";
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
                field(code; Rec."Code")
                {
                    Caption = 'code', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Code"));
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
                field(priceIncludesTax; Rec."Price Includes VAT")
                {
                    Caption = 'priceIncludesTax', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Price Includes VAT"));
                    end;
                }
                field(allowInvoiceDiscount; Rec."Allow Invoice Disc.")
                {
                    Caption = 'allowInvoiceDiscount', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Allow Invoice Disc."));
                    end;
                }
                field(allowLineDiscount; Rec."Allow Line Disc.")
                {
                    Caption = 'allowLineDiscount', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Allow Line Disc."));
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

    trigger OnNewRecord(BelowxRec: Boolean)
    begin
        TempSent.DeleteAll();
    end;

    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    var
        Inserted: RecordRef;
    begin
        Rec.TestField("Code");
        Rec.Insert(true, true);
        Inserted.GetTable(Rec);
        GraphMgtGeneralTools.ProcessNewRecordFromAPI(Inserted, TempSent, CurrentDateTime());
        Inserted.SetTable(Rec);
        Rec.Modify(true);
        exit(false);
    end;

    trigger OnModifyRecord(): Boolean
    var
        Before: Record "Customer Price Group";
    begin
        Before.GetBySystemId(Rec.SystemId);
        if Rec."Code" = Before."Code" then
            Rec.Modify(true)
        else begin
            Before.TransferFields(Rec, false);
            Before.Rename(Rec."Code");
            Rec.TransferFields(Before);
        end;
        exit(false);
    end;

    local procedure MarkSent(FieldNo: Integer)
    begin
        TempSent.TableNo := Database::"Customer Price Group";
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
}
