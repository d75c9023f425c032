// Written out by infra/business_central/write.py.
permissionset $number "Koppel Sync"
{
    Assignable = true;
    Caption = 'Koppel Sync', Locked = true;
    Permissions =
        $permissions;
}
