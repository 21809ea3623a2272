import pytest

from core.replay.report import COMPARED, all_equal, compare

EXPECTED = {
    **{name: number for number, name in enumerate(COMPARED, 1_000)},
    "orders_by_store": {"XT01": 3, "XT02": 4},
    "from_date": "2017-01-02",
    "points": 86_084,
    "rfm_csv_sha256": "47cb",
}
REPORTED = {
    **{name: EXPECTED[name] for name in COMPARED},
    "qty": str(EXPECTED["qty"]),
    "orders_by_store": {"XT01": 3, "XT02": 4},
}


def test_compare_of_equal_figures_is_good_and_names_what_comes_later():
    rows = compare(EXPECTED, REPORTED)
    assert all_equal(rows)
    assert [row.name for row in rows if row.good is None] == ["points", "rfm_csv_sha256"]
    assert len(rows) == len(COMPARED) + 2 + 2


def test_compare_of_a_figure_that_a_plugin_told():
    told = compare(EXPECTED, {**REPORTED, "points": 86_084})
    assert [row.name for row in told if row.good is None] == ["rfm_csv_sha256"]
    assert all_equal(told)
    assert not all_equal(compare(EXPECTED, {**REPORTED, "points": 86_083}))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"paid_fen": 1}, "paid_fen"),
        ({"qty": "1006.5"}, "qty"),
        ({"list_fen": None}, "list_fen"),
        ({"orders_by_store": {"XT01": 3}}, "orders_by_store.XT02"),
        ({"orders_by_store": {"XT01": 3, "XT02": 4, "XT09": 1}}, "orders_by_store.XT09"),
    ],
)
def test_compare_of_another_figure_marks_its_row(change, name):
    rows = compare(EXPECTED, {**REPORTED, **change})
    assert [row.name for row in rows if row.good is False] == [name]
    assert not all_equal(rows)
