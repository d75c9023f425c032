
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
