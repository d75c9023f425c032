// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/contactCards.json instead.
page 58302 "Koppel contactCards"
{
    APIPublisher = 'koppel';
    APIGroup = 'sync';
    APIVersion = 'v1.0';
    Caption = 'Koppel contactCards', Locked = true;
    EntityName = 'contactCard';
    EntitySetName = 'contactCards';
    PageType = API;
    SourceTable = Contact;
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
                field(type; Rec.Type)
                {
                    Caption = 'type', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Type));
                    end;
                }
                field(customerOrVendorId; CustomerOrVendorId)
                {
                    Caption = 'customerOrVendorId', Locked = true;

                    trigger OnValidate()
                    begin
                        PutCustomerOrVendorId();
                        MarkSent(Rec.FieldNo("Company No."));
                    end;
                }
                field(vendorOrCustomerId; VendorOrCustomerId)
                {
                    Caption = 'vendorOrCustomerId', Locked = true;

                    trigger OnValidate()
                    begin
                        PutVendorOrCustomerId();
                        MarkSent(Rec.FieldNo("Company No."));
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
                field(firstName; Rec."First Name")
                {
                    Caption = 'firstName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("First Name"));
                    end;
                }
                field(middleName; Rec."Middle Name")
                {
                    Caption = 'middleName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Middle Name"));
                    end;
                }
                field(lastName; Rec.Surname)
                {
                    Caption = 'lastName', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Surname));
                    end;
                }
                field(salutationCode; Rec."Salutation Code")
                {
                    Caption = 'salutationCode', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Salutation Code"));
                    end;
                }
                field(jobTitle; Rec."Job Title")
                {
                    Caption = 'jobTitle', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Job Title"));
                    end;
                }
                field(companyNumber; Rec."Company No.")
                {
                    Caption = 'companyNumber', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Company No."));
                    end;
                }
                field(companyName; Rec."Company Name")
                {
                    Caption = 'companyName', Locked = true;
                    Editable = false;
                }
                field(contactBusinessRelation; Rec."Contact Business Relation")
                {
                    Caption = 'contactBusinessRelation', Locked = true;
                    Editable = false;
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
                field(pager; Rec.Pager)
                {
                    Caption = 'pager', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo(Pager));
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
                field(privacyBlocked; Rec."Privacy Blocked")
                {
                    Caption = 'privacyBlocked', Locked = true;

                    trigger OnValidate()
                    begin
                        MarkSent(Rec.FieldNo("Privacy Blocked"));
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
        ShowCustomerOrVendorId();
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
        Before: Record Contact;
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
        TempSent.TableNo := Database::Contact;
        TempSent."No." := FieldNo;
        if TempSent.Insert() then;
    end;

    var
        TempSent: Record Field temporary;
        GraphMgtGeneralTools: Codeunit "Graph Mgt - General Tools";
        CustomerOrVendorId: Guid;
        VendorOrCustomerId: Guid;
        CurrencyCode: Code[10];
        LocalCurrency: Code[10];
        TemplateCode: Code[10];

    // For whom the company of a person stands: its customer, or else its vendor; and the other way round.
    local procedure ShowCustomerOrVendorId()
    var
        Relation: Record "Contact Business Relation";
    begin
        CustomerOrVendorId := IdOf(Relation."Link to Table"::Customer);
        VendorOrCustomerId := IdOf(Relation."Link to Table"::Vendor);
        if IsNullGuid(CustomerOrVendorId) then
            CustomerOrVendorId := VendorOrCustomerId;
        if IsNullGuid(VendorOrCustomerId) then
            VendorOrCustomerId := CustomerOrVendorId;
    end;

    local procedure IdOf(LinkToTable: Enum "Contact Business Relation Link To Table"): Guid
    var
        Relation: Record "Contact Business Relation";
        Customer: Record Customer;
        Vendor: Record Vendor;
        Nobody: Guid;
    begin
        Relation.SetRange("Contact No.", Rec."Company No.");
        Relation.SetRange("Link to Table", LinkToTable);
        if (Rec."Company No." = '') or not Relation.FindFirst() then
            exit(Nobody);
        if LinkToTable = Relation."Link to Table"::Customer then begin
            if Customer.Get(Relation."No.") then
                exit(Customer.SystemId);
        end else
            if Vendor.Get(Relation."No.") then
                exit(Vendor.SystemId);
        exit(Nobody);
    end;

    local procedure PutCustomerOrVendorId()
    begin
        PutCompanyOf(CustomerOrVendorId);
    end;

    local procedure PutVendorOrCustomerId()
    begin
        PutCompanyOf(VendorOrCustomerId);
    end;

    // Puts a person under the company contact of a customer or vendor; one without is refused.
    local procedure PutCompanyOf(Id: Guid)
    var
        Relation: Record "Contact Business Relation";
        Customer: Record Customer;
        Vendor: Record Vendor;
    begin
        if IsNullGuid(Id) then begin
            Rec.Validate("Company No.", '');
            exit;
        end;
        if Customer.GetBySystemId(Id) then begin
            Relation.SetRange("Link to Table", Relation."Link to Table"::Customer);
            Relation.SetRange("No.", Customer."No.");
        end else begin
            Vendor.GetBySystemId(Id);
            Relation.SetRange("Link to Table", Relation."Link to Table"::Vendor);
            Relation.SetRange("No.", Vendor."No.");
        end;
        Relation.FindFirst();
        Rec.Validate("Company No.", Relation."Contact No.");
    end;

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
