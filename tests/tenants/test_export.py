"""A tenant's data out and back, and the end of a tenant."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from sqlalchemy import select, text

from tenants import export as exports
from tenants import lifecycle, provision
from tenants.context import bind
from tenants.db import TenantSession, db
from tenants.errors import ExportBroken, NameTaken, TenantStateConflict
from tenants.migrate import migrate
from tests.tenants.notes import Author, Note

ODD = ["", '逗号，与 , "quotes"', "two\nlines\r\n", "\\N", "NULL", "🦆", "  spaces  "]


@pytest.fixture
def exported(world, context, tmp_path):
    """A tenant with odd texts, and its export."""
    ref = world.tenant()
    with bind(ref), TenantSession(db) as session:
        session.add(Author(id=41, name="书写者", notes=[Note(title=title) for title in ODD]))
        session.commit()
        session.execute(text("INSERT INTO tag SELECT id, 'a' FROM note WHERE title = ''"))
        session.commit()
    path = tmp_path / "shop.zip"
    return ref, path, exports.export(world.owner, ref, path)


def rewritten(path, changes):
    """A copy of the export with some entries replaced."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            target.writestr(name, changes.get(name, source.read(name)))
    return copy


def test_export_holds_every_table_with_counts_and_revision(exported):
    ref, path, manifest = exported
    assert manifest.tables == {"author": 1, "note": 7, "tag": 1}
    assert list(manifest.tables) == ["author", "note", "tag"]
    assert manifest.histories == {"notes": "n0002"}
    assert (manifest.slug, manifest.name, manifest.format) == (ref.slug, ref.name, 1)
    assert exports.read_manifest(path) == manifest
    with zipfile.ZipFile(path) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("note.csv"), "utf-8", newline="")))
    assert [row["title"] for row in rows] == ODD


def test_restore_gives_equal_data_under_a_new_key(world, exported):
    ref, path, _ = exported
    copy = exports.restore(world.owner, [world.new], path, next(world.names))
    assert (copy.name, copy.status) == (ref.name, "active")
    assert copy.key != ref.key
    with bind(copy), TenantSession(db) as session:
        assert session.scalars(select(Note.title).order_by(Note.id)).all() == ODD
        assert session.scalars(select(Author.id)).all() == [41]


def test_restored_identities_go_on_after_the_highest(world, exported):
    copy = exports.restore(world.owner, [world.new], exported[1], next(world.names))
    with bind(copy), TenantSession(db) as session:
        author = Author(name="next", notes=[Note(title="x")])
        session.add(author)
        session.commit()
        assert (author.id, author.notes[0].id) == (42, 8)


def test_restored_empty_table_starts_at_one(world, context, tmp_path):
    ref = world.tenant()
    exports.export(world.owner, ref, tmp_path / "empty.zip")
    copy = exports.restore(world.owner, [world.new], tmp_path / "empty.zip", next(world.names))
    with bind(copy), TenantSession(db) as session:
        author = Author(name="first")
        session.add(author)
        session.commit()
        assert author.id == 1


def test_older_export_is_restored_at_its_revision_and_migrates(world, context, tmp_path):
    ref = world.tenant(world.old)
    exports.export(world.owner, ref, tmp_path / "old.zip")
    copy = exports.restore(world.owner, [world.new], tmp_path / "old.zip", next(world.names))
    revision = "SELECT revision FROM platform.tenant_revision WHERE key = %s"
    assert world.execute(revision, [copy.key]) == [("n0001",)]
    migrate(world.urls.owner, world.new)
    assert world.execute(revision, [copy.key]) == [("n0002",)]


def test_restore_under_a_used_slug_is_refused(world, exported):
    with pytest.raises(NameTaken):
        exports.restore(world.owner, [world.new], exported[1], exported[0].slug)


@pytest.mark.parametrize(
    ("entry", "content", "message"),
    [
        ("note.csv", b"id,author_id,title,mood\n1,41,x,y\n", "表 note 应有 7 行，实际 1 行"),
        ("note.csv", b"id,author_id,title\n", "表 note 无法读入"),
        ("note.csv", b"id,author_id,title,mood\n1,99,x,y\n", "表 note 无法读入"),
        ("note.csv", b"id,author_id,title,mood\n1,x,x,y\n", "表 note 无法读入"),
        ("note.csv", b'id,author_id,title,mood\n1,41,"x', "表 note 无法读入"),
        ("manifest.json", b"{}", "不是有效的导出文件"),
        ("manifest.json", b"[]", "不是有效的导出文件"),
        ("manifest.json", b"\xff", "不是有效的导出文件"),
    ],
)
def test_damaged_export_leaves_nothing(world, exported, entry, content, message):
    count = "SELECT (SELECT count(*) FROM platform.tenant), (SELECT count(*) FROM pg_namespace)"
    before = world.execute(count)
    with pytest.raises(ExportBroken, match=message):
        exports.restore(world.owner, [world.new], rewritten(exported[1], {entry: content}), next(world.names))
    assert world.execute(count) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "不支持的导出格式 2"),
        ({"histories": {"notes": "n0002", "seckill": "s1"}}, "缺少这些扩展，无法恢复: seckill"),
        ({"histories": {}}, "没有说明数据库版本"),
        ({"tables": {"author": 1}}, "导出文件与当前结构的表不一致: note, tag"),
    ],
)
def test_export_that_does_not_fit_is_refused(world, exported, changes, message):
    with zipfile.ZipFile(exported[1]) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    copy = rewritten(exported[1], {"manifest.json": json.dumps({**manifest, **changes})})
    with pytest.raises(ExportBroken, match=message):
        exports.restore(world.owner, [world.new], copy, next(world.names))


def test_file_that_is_no_zip_is_refused(world, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK no zip")
    with pytest.raises(ExportBroken, match="x.zip 不是有效的导出文件"):
        exports.read_manifest(tmp_path / "x.zip")


def test_failed_export_leaves_no_file(world, tmp_path):
    ref = world.tenant()
    close(world, ref)
    with pytest.raises(Exception, match="does not exist"):
        exports.export(world.owner, ref, tmp_path / "gone.zip")
    assert list(tmp_path.iterdir()) == []


def test_suspend_and_resume(world):
    ref = world.tenant()
    with world.platform.begin() as connection:
        assert lifecycle.suspend(connection, ref).status == "suspended"
        with pytest.raises(TenantStateConflict):
            lifecycle.suspend(connection, ref)
        assert lifecycle.resume(connection, ref).status == "active"


def close(world, ref) -> None:
    with world.owner.begin() as owner:
        lifecycle.close(owner, ref)


def test_deleted_tenant_is_out_of_reach_at_once_and_gone_after_retention(world, context):
    ref = world.tenant()
    close(world, ref)
    with bind(ref), TenantSession(db) as session, pytest.raises(Exception, match="permission denied to set role"):
        session.scalars(select(Note.title)).all()
    here = "SELECT to_regnamespace(%s)::text, to_regnamespace(%s)::text"
    assert world.execute(here, [ref.schema, f"del_{ref.key}"]) == [(None, f"del_{ref.key}")]
    assert ref.key not in lifecycle.purge(world.owner, retention_days=30)

    assert ref.key in lifecycle.purge(world.owner, retention_days=0)
    assert world.execute(here, [ref.schema, f"del_{ref.key}"]) == [(None, None)]
    assert world.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [ref.role]) == [(0,)]
    assert world.execute("SELECT status FROM platform.tenant WHERE id = %s", [ref.id]) == [("deleted",)]
    assert provision.take(world.owner, world.new, ref.slug, "again").slug == ref.slug


def test_delete_twice_is_refused(world):
    ref = world.tenant()
    close(world, ref)
    with pytest.raises(TenantStateConflict):
        close(world, ref)
