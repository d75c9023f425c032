
    trigger OnAfterGetRecord()
    begin
        ShowHeld();
    end;

    local procedure ShowHeld()
    begin
$shows    end;
