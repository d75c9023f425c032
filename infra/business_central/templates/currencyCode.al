
    // The local currency has its code on the wire and none in a record, as on the pages of API v2.0.
    local procedure ShowCurrencyCode()
    begin
        CurrencyCode := GraphMgtGeneralTools.TranslateNAVCurrencyCodeToCurrencyCode(LocalCurrency, Rec."Currency Code");
    end;

    local procedure PutCurrencyCode()
    begin
        Rec.Validate("Currency Code", GraphMgtGeneralTools.TranslateCurrencyCodeToNAVCurrencyCode(LocalCurrency, CurrencyCode));
    end;
