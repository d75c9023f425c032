// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/customerCards.json instead.
page 58300 "Koppel customerCards"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel customerCards', Locked = true;
    EntityName = 'customerCard';
    EntitySetName = 'customerCards';
    PageType = API;
    SourceTable = Customer;
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
                field(displayName; Rec.Name)
                {
                    Caption = 'displayName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Name));
                    end;
                }
                field(type; Rec."Contact Type")
                {
                    Caption = 'type', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Contact Type"));
                    end;
                }
                field(addressLine1; Rec.Address)
                {
                    Caption = 'addressLine1', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Address));
                    end;
                }
                field(addressLine2; Rec."Address 2")
                {
                    Caption = 'addressLine2', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Address 2"));
                    end;
                }
                field(city; Rec.City)
                {
                    Caption = 'city', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(City));
                    end;
                }
                field(state; Rec.County)
                {
                    Caption = 'state', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(County));
                    end;
                }
                field(country; Rec."Country/Region Code")
                {
                    Caption = 'country', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Country/Region Code"));
                    end;
                }
                field(postalCode; Rec."Post Code")
                {
                    Caption = 'postalCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Post Code"));
                    end;
                }
                field(phoneNumber; Rec."Phone No.")
                {
                    Caption = 'phoneNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Phone No."));
                    end;
                }
                field(mobilePhoneNumber; Rec."Mobile Phone No.")
                {
                    Caption = 'mobilePhoneNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Mobile Phone No."));
                    end;
                }
                field(faxNumber; Rec."Fax No.")
                {
                    Caption = 'faxNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Fax No."));
                    end;
                }
                field(email; Rec."E-Mail")
                {
                    Caption = 'email', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("E-Mail"));
                    end;
                }
                field(website; Rec."Home Page")
                {
                    Caption = 'website', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Home Page"));
                    end;
                }
                field(contactName; Rec.Contact)
                {
                    Caption = 'contactName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Contact));
                    end;
                }
                field(primaryContactNumber; Rec."Primary Contact No.")
                {
                    Caption = 'primaryContactNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Primary Contact No."));
                    end;
                }
                field(salespersonCode; Rec."Salesperson Code")
                {
                    Caption = 'salespersonCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Salesperson Code"));
                    end;
                }
                field(currencyCode; CurrencyCode)
                {
                    Caption = 'currencyCode', Locked = true;

                    trigger OnValidate()
                    begin
                        PutCurrencyCode();
                        MarkSent(Rec.FieldNo("Currency Code"));
                    end;
                }
                field(paymentTermsCode; Rec."Payment Terms Code")
                {
                    Caption = 'paymentTermsCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Payment Terms Code"));
                    end;
                }
                field(shipmentMethodCode; Rec."Shipment Method Code")
                {
                    Caption = 'shipmentMethodCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Shipment Method Code"));
                    end;
                }
                field(shippingAgentCode; Rec."Shipping Agent Code")
                {
                    Caption = 'shippingAgentCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Shipping Agent Code"));
                    end;
                }
                field(customerPriceGroupCode; Rec."Customer Price Group")
                {
                    Caption = 'customerPriceGroupCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Customer Price Group"));
                    end;
                }
                field(creditLimit; Rec."Credit Limit (LCY)")
                {
                    Caption = 'creditLimit', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Credit Limit (LCY)"));
                    end;
                }
                field(taxRegistrationNumber; Rec."VAT Registration No.")
                {
                    Caption = 'taxRegistrationNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("VAT Registration No."));
                    end;
                }
                field(blocked; Rec.Blocked)
                {
                    Caption = 'blocked', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Blocked));
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
        ShowCurrencyCode();
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
        Rec.TestField(Name);
        Rec.Insert(true, true);
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
        Before: Record Customer;
    begin
        Before.GetBySystemId(Rec.SystemId);
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
        TempSent.TableNo := Database::Customer;
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
        CurrencyCode: Code[10];
        LocalCurrency: Code[10];
        TemplateCode: Code[10];

    // The local currency has its code on the wire and none in a record, as on the pages of API v2.0.
    local procedure ShowCurrencyCode()
    begin
        CurrencyCode := GraphMgtGeneralTools.TranslateNAVCurrencyCodeToCurrencyCode(LocalCurrency, Rec."Currency Code");
    end;

    local procedure PutCurrencyCode()
    begin
        Rec.Validate("Currency Code", GraphMgtGeneralTools.TranslateCurrencyCodeToNAVCurrencyCode(LocalCurrency, CurrencyCode));
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
