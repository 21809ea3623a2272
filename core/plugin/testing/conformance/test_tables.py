"""Group 4: tables carry the prefix, references say what deleting does, the core's classes stay as they are."""

from __future__ import annotations

from core.db import db
from core.host.table_check import table_faults
from tenants.lint import lint


def test_tables_keep_the_rules(subject):
    base = subject.plugin.tables
    if base is not None:
        assert [*table_faults(subject.name, base), *_lint_of(base, subject.name)] == []


def test_core_classes_have_no_strings_attached(subject):
    base = subject.plugin.tables
    attached = [
        f"{mapper.class_.__name__}.{relation.key} leads to {relation.mapper.class_.__name__}"
        for mapper in db.Model.registry.mappers
        for relation in mapper.relationships
        if base is not None and relation.mapper.class_.metadata is base.metadata
    ]
    assert attached == []


def test_no_table_is_declared_on_the_core_s_base(subject):
    found = [name for name in db.metadata.tables if name.startswith(f"{subject.name}_")]
    mine = [mapper.class_.__module__ for mapper in db.Model.registry.mappers]
    inside = [module for module in mine if module == subject.package or module.startswith(f"{subject.package}.")]
    assert (found, inside) == ([], []), "make the models' base with core.plugin.data.tables(name)"


def _lint_of(base, name: str) -> list[str]:
    """What the linter finds beyond the manifest's check."""
    said = " is not prefixed with", " without ON DELETE"
    return [problem for problem in lint(base.metadata, name) if not any(words in problem for words in said)]
