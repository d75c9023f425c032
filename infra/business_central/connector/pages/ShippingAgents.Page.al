// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/shippingAgents.json instead.
page 58304 "Koppel shippingAgents"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel shippingAgents', Locked = true;
    EntityName = 'shippingAgent';
    EntitySetName = 'shippingAgents';
    PageType = API;
    SourceTable = "Shipping Agent";
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
                field(displayName; Rec.Name)
                {
                    Caption = 'displayName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Name));
                    end;
                }
                field(website; Rec."Internet Address")
                {
                    Caption = 'website', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Internet Address"));
                    end;
                }
                field(accountNumber; Rec."Account No.")
                {
                    Caption = 'accountNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Account No."));
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
        Before: Record "Shipping Agent";
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
        TempSent.TableNo := Database::"Shipping Agent";
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
}
