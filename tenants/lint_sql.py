"""The linter's rules for rendered statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = re.compile(r"(\$\w*\$).*?\1|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)

_FORBIDDEN = [
    (r"\bCREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER\b", "creates a trigger"),
    (r"\bCREATE TYPE\b.*\bAS ENUM\b", "creates an enum"),
    (r"\bCREATE DOMAIN\b", "creates a domain"),
    (r"\b(SMALL|BIG)?SERIAL\d?\b", "uses serial; use a bigint identity"),
    (r"\bCREATE SEQUENCE\b", "creates a sequence; use a bigint identity"),
    (r"\bON ALL (TABLES|SEQUENCES|FUNCTIONS)\b", "grants on everything in a schema: scans the catalogue"),
    (r"\bREFERENCES\s+\"?\w+\"?\s*\.\s*\"?\w+", "has a foreign key into a named schema"),
    (r"\b(CREATE|ALTER|DROP) TABLE (IF (NOT )?EXISTS )?(ONLY )?\"?\w+\"?\s*\.", "names a schema"),
    (r"\bRENAME CONSTRAINT\b", "renames a constraint"),
    (r"\bINHERITS\b", "uses table inheritance"),
    (r"\bCONCURRENTLY\b", "can't run inside a transaction"),
    (r"\bGENERATED ALWAYS AS IDENTITY\b", "has GENERATED ALWAYS; restoring needs BY DEFAULT"),
    (r"\bADD (COLUMN )?\"?\w+\"? [^,]*\bAS IDENTITY\b", "adds an identity later; give it at birth"),
    (r"^\s*(SET|RESET|BEGIN|COMMIT|ROLLBACK|CALL|COPY|VACUUM)\b", "is no business of a migration"),
    (r";\s*\S", "holds more than one statement"),
]
_OF_ONES_OWN = (
    r"\s*(CREATE|ALTER) TABLE (IF (NOT )?EXISTS )?(ONLY )?{mine}",
    r"\s*DROP TABLE (IF EXISTS )?{mine}\"?\s*(CASCADE|RESTRICT)?\s*$",
    r"\s*CREATE (UNIQUE )?INDEX (IF NOT EXISTS )?\w* ?ON (ONLY )?{mine}",
    r"\s*(DROP|ALTER) INDEX (IF EXISTS )?\"?(\w+_)?{plugin}_\w+",
    r"\s*INSERT INTO {mine}",
    r"\s*UPDATE (ONLY )?{mine}",
    r"\s*DELETE FROM (ONLY )?{mine}",
    r"\s*COMMENT ON (TABLE|COLUMN) {mine}",
)
_RULES = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), problem) for pattern, problem in _FORBIDDEN]
_TABLE = re.compile(r"\s*CREATE TABLE\b", re.IGNORECASE)
_KEY = re.compile(r"\bPRIMARY KEY\b", re.IGNORECASE)
_NARROW_IDENTITY = re.compile(r"\b(INTEGER|INT|INT4|SMALLINT)\b[^,]*\bAS IDENTITY\b", re.IGNORECASE)


def statement_problems(statement: str) -> Iterator[str]:
    """Problems of one rendered statement; text in quotes and comments doesn't count."""
    bare = _QUOTED.sub("''", statement)
    for rule, problem in _RULES:
        if rule.search(bare):
            yield f"{_title(statement)}: {problem}"
    if _TABLE.match(bare) and not _KEY.search(bare):
        yield f"{_title(statement)}: has no primary key"
    if _NARROW_IDENTITY.search(bare):
        yield f"{_title(statement)}: is an identity but not bigint"


def foreign_problems(statement: str, plugin: str) -> Iterator[str]:
    """Problems of one statement of a plugin's history: it may change tables of its own prefix and nothing else."""
    bare = _QUOTED.sub("''", statement)
    mine = rf"\"?({plugin}_\w+|alembic_version_{plugin})\b"
    if not any(re.match(kind.format(mine=mine, plugin=plugin), bare, re.IGNORECASE) for kind in _OF_ONES_OWN):
        yield f"{_title(statement)}: is not about a table named {plugin}_…"


def _title(statement: str) -> str:
    return " ".join(statement.split())[:60]
