
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
