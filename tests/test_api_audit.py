"""The committed audit of the interface is what the tool finds now."""

from __future__ import annotations

from tools.make_api_table import TARGET, compare, faults, render, rows


def test_every_gap_has_a_reason() -> None:
    assert not faults(list(rows()))


def test_page_is_current() -> None:
    assert TARGET.read_text() == render(list(rows())), "run `python -m tools.make_api_table`"


def test_comparison_sees_differences() -> None:
    def function(*parameters):
        return ["function", [list(item) for item in parameters]]

    a, b = ("a", "", None), ("b", "", "1")
    assert compare("f", function(a, b), function(a, b)) == "same"
    assert compare("f", function(a), function(a, b)) == "more"
    assert compare("f", function(a), function(a, ("c", "keyword", "2"))) == "more"
    assert compare("f", function(a, b), function(a, ("b", "", "2"))) == "different"
    assert compare("f", function(a, b), function(("b", "", "1"), a)) == "different"
    assert compare("f", function(a, ("rest", "*", None)), function(a)) == "different"
    assert compare("f", function(a), function(a, ("c", "", None))) == "different"
    assert compare("f", function(("c", "keyword", "2")), function(("c", "keyword", "3"))) == "different"
    assert compare("f", function(a, ("rest", "**", None)), function(a, b, ("other", "**", None))) == "more"
    assert compare("__add__", function(("other", "", None)), function(("value", "", None))) == "same"
    assert compare("f", function(a), None) == "absent"
    assert compare("f", ["property"], function()) == "different"
