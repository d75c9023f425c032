"""Mapping: maps as data, compiled to pure functions over canonical values."""

from shared.mapping._agreed import (
    SENT,
    Agreed,
    First,
    Mark,
    Pair,
    Parked,
    bases_from,
    begun_with,
    packed,
    prints,
    roots_from,
)
from shared.mapping._bounds import ROOM, fitting, shown, size
from shared.mapping._build import build_map
from shared.mapping._catalogue import Catalogue, code_place
from shared.mapping._computed import Failed
from shared.mapping._document import Document, parse_document, read_document
from shared.mapping._fingerprints import NEVER, PLAIN, Printer, fingerprint, pack, unpack
from shared.mapping._flow_map import (
    DATAVERSE,
    ERP,
    SIDES,
    CompanyColumns,
    FlowMap,
    Row,
    SideMap,
    Values,
    ordered,
    other,
)
from shared.mapping._fold import fold, look
from shared.mapping._functions import Function, function
from shared.mapping._grammar import ParsedLine
from shared.mapping._lines import Constant, KeyPath, Line, Lookup, Within
from shared.mapping._model import CREATES, ConflictPolicy, Creates, DeletePolicy, Deletes, Policy, Side
from shared.mapping._names import strangers
from shared.mapping._own_fields import with_more
from shared.mapping._own_functions import all_functions, functions_in, functions_of
from shared.mapping._own_schemas import know_more
from shared.mapping._prefixes import under
from shared.mapping._problems import Problem
from shared.mapping._said import Says, holder, speaker
from shared.mapping._schema import (
    BUSINESS_CENTRAL,
    FINOPS_TYPES,
    LABEL,
    NUMBERS,
    OWNER,
    VALUE,
    Entity,
    Field,
    entity,
    enums,
    known_entities,
    usable_entities,
)
from shared.mapping._scopes import Scope, compile_scope
from shared.mapping._unseen import Access, Secured, Unseen, secured_tables, unseen
from shared.mapping._values import ABSENT, BLANK, NO_ID, Ambiguous, Unresolved, key_reader, reader, writer
from shared.mapping._wakers import Waker
from shared.mapping._wording import alike

__all__ = [
    "ABSENT",
    "BLANK",
    "BUSINESS_CENTRAL",
    "CREATES",
    "DATAVERSE",
    "ERP",
    "FINOPS_TYPES",
    "LABEL",
    "NEVER",
    "NO_ID",
    "NUMBERS",
    "OWNER",
    "PLAIN",
    "ROOM",
    "SENT",
    "SIDES",
    "VALUE",
    "Access",
    "Agreed",
    "Ambiguous",
    "Catalogue",
    "CompanyColumns",
    "ConflictPolicy",
    "Constant",
    "Creates",
    "DeletePolicy",
    "Deletes",
    "Document",
    "Entity",
    "Failed",
    "Field",
    "First",
    "FlowMap",
    "Function",
    "KeyPath",
    "Line",
    "Lookup",
    "Mark",
    "Pair",
    "Parked",
    "ParsedLine",
    "Policy",
    "Printer",
    "Problem",
    "Row",
    "Says",
    "Scope",
    "Secured",
    "Side",
    "SideMap",
    "Unresolved",
    "Unseen",
    "Values",
    "Waker",
    "Within",
    "alike",
    "all_functions",
    "bases_from",
    "begun_with",
    "build_map",
    "code_place",
    "compile_scope",
    "entity",
    "enums",
    "fingerprint",
    "fitting",
    "fold",
    "function",
    "functions_in",
    "functions_of",
    "holder",
    "key_reader",
    "know_more",
    "known_entities",
    "look",
    "ordered",
    "other",
    "pack",
    "packed",
    "parse_document",
    "prints",
    "read_document",
    "reader",
    "roots_from",
    "secured_tables",
    "shown",
    "size",
    "speaker",
    "strangers",
    "under",
    "unpack",
    "unseen",
    "usable_entities",
    "with_more",
    "writer",
]
