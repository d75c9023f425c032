$after
    trigger OnNewRecord(BelowxRec: Boolean)
    begin
        TempSent.DeleteAll();
$shown    end;

    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    var
        Inserted: RecordRef;
    begin
$required        Rec.Insert(true, true);
$put        Inserted.GetTable(Rec);
$unless        GraphMgtGeneralTools.ProcessNewRecordFromAPI(Inserted, TempSent, CurrentDateTime());
        Inserted.SetTable(Rec);
        Rec.Modify(true);
$shown        exit(false);
    end;

    trigger OnModifyRecord(): Boolean
    var
        Before: Record $table;
    begin
        Before.GetBySystemId(Rec.SystemId);
$put        if Rec.$key = Before.$key then
            Rec.Modify(true)
        else begin
            Before.TransferFields(Rec, false);
            Before.Rename(Rec.$key);
            Rec.TransferFields(Before);
        end;
$shown        exit(false);
    end;

    local procedure MarkSent(FieldNo: Integer)
    begin
        TempSent.TableNo := Database::$table;
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
$variables