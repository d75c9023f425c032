
    trigger OnAfterGetRecord()
    begin
        ShowHeld();
    end;
