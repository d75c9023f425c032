
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
