// Written out by infra/business_central/write.py: change shared/mapping/schemas/business_central/$name.json instead.
page $number "Koppel $name"
{
    APIPublisher = '$publisher';
    APIGroup = '$group';
    APIVersion = '$version';
    Caption = 'Koppel $name', Locked = true;
    EntityName = '$type';
    EntitySetName = '$name';
    PageType = API;
    SourceTable = $table;
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    Extensible = false;
$refused
    layout
    {
        area(Content)
        {
            repeater(Records)
            {
$fields            }
        }
    }
$code}
