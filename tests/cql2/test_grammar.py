"""The reading of CQL2 text, compared with the independent parser of the ``cql2`` library."""

from __future__ import annotations

import json

import cql2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.cql2.grammar import parse_text
from layers.errors import BadRequestError

# The forms of the standard's examples: identifiers, precedences, literals, every predicate.
TEXTS = [
    "a = 1", "a <> -1.5e3", "a>=b", "eo:cloud_cover < 0.1", "\"my \"\"name\"\" é\" = 'x'",
    "été = 1",
    "a.b = 'Via dell''Avvento'", "NOT a = 1 AND b = 2 OR c", "NOT (a OR b) AND NOT c",
    "a AND b AND c",
    "a OR b AND c OR d", "a + b * c ^ 2 div 3 % 2 - 1 = 0", "a - b - c = 0", "2 ^ 3 ^ 2 = 1",
    "-a * -2 = - (b + 1)", "(a + 1) IS NULL", "a IS NOT NULL", "(a = 1) IS NULL", "a NOT LIKE 'x%'",
    "CASEI(a) like casei('Οδος%')", "ACCENTI(CASEI(a)) IN (ACCENTI('é'), 'x')",
    "a NOT IN (1, b, 2+3)",
    "a BETWEEN b+1 AND 2*c AND d", "a NOT BETWEEN -1 AND 1.0 OR b", "a = DATE('2020-01-01')",
    "TIMESTAMP('1969-07-20T20:17:40Z') < a", "date = start AND point < \"and\"",
    "T_AFTER(INTERVAL(a, '..'), INTERVAL('2010-01-01', '2010-02-01T05:29:20Z'))",
    "S_INTERSECTS(g, BBOX(160.6,-55.95,-170,-25.89))", "S_WITHIN(g, BBOX(-1,-2,-3,4,5,6))",
    "s_crosses(LINESTRING(1.5 -2, 3 4), g)", "S_EQUALS(g, POINT Z(1 2 3))",
    "S_EQUALS(g, POINT (1 2))",
    "S_EQUALS(g, POLYGON((0 0, 1 1, 1 0, 0 0),(0 0, 0.5 0.5, 0.5 0, 0 0)))",
    "S_TOUCHES(g, MULTIPOINT((1 2), (3 4)))", "S_TOUCHES(g, MULTIPOINT(1 2, 3 4))",
    "S_TOUCHES(g, MULTILINESTRING ((1 2, 3 4),(5 6, 7 8, -9 0)))",
    "S_DISJOINT(g, MULTIPOLYGON(((0 0, 1 1, 1 0, 0 0)), ((5 5, 6 6, 6 5, 5 5))))",
    "S_EQUALS(GEOMETRYCOLLECTION(POINT(1 2), MULTIPOLYGON(((0 0, 1 1, 1 0, 0 0)))), g)",
    "A_CONTAINS(a, ('x', 1, TRUE))", "f() = TRUE", "FALSE <> f(g, 100, 'a', FALSE)", "a = NULL",
    "(a = 1) = (b = 2)", "a != 1", " (\n( a\t=\u00a01 ) ) ", "a IN ('x')",
]  # fmt: skip


def alike(tree):
    """Return a tree without what the two parsers differ in: operators' case, grouped AND and OR."""
    if isinstance(tree, list):
        return [alike(item) for item in tree]
    if not isinstance(tree, dict) or "op" not in tree:
        return tree if not isinstance(tree, dict) else {k: alike(v) for k, v in tree.items()}
    name, args = tree["op"].lower(), alike(tree["args"])
    if name in ("and", "or"):
        same = [a["args"] if isinstance(a, dict) and a.get("op") == name else [a] for a in args]
        args = [item for group in same for item in group]
    return {"op": name, "args": args}


@pytest.mark.parametrize("text", TEXTS)
def test_tree_is_that_of_an_independent_parser(text):
    assert alike(parse_text(text)) == alike(cql2.parse_text(text).to_json())


def expressions():
    scalar = st.sampled_from(["a", '"b c"', "1", "-2.5", "1e3", "'it''s'", "CASEI(a)", "f(a, 1)"])
    sums = st.recursive(
        scalar,
        lambda inner: (
            st.builds(
                "{} {} {}".format,
                inner,
                st.sampled_from(["+", "-", "*", "/", "%", "div", "^"]),
                inner,
            )
            | st.builds("({})".format, inner)
        ),
        max_leaves=5,
    )
    negation = st.sampled_from(["", "NOT "])
    predicates = (
        st.builds("{} {} {}".format, sums, st.sampled_from(["=", "<>", "<", ">=", "LIKE"]), sums)
        | st.builds("{} {}BETWEEN {} AND {}".format, sums, negation, sums, sums)
        | st.builds("{} {}IN ({}, {})".format, sums, negation, sums, sums)
        | st.builds("({}) IS {}NULL".format, sums, negation)
    )
    return st.recursive(
        predicates,
        lambda inner: (
            st.builds("NOT {}".format, inner)
            | st.builds("({})".format, inner)
            | st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "OR"]), inner)
        ),
        max_leaves=6,
    )


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_any_expression_is_read_as_by_an_independent_parser(text):
    assert alike(parse_text(text)) == alike(cql2.parse_text(text).to_json())


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        (r"'it\'s'", "it's"), ("'it''s'", "it's"), (r"'a\tb\nc'", "a\tb\nc"), ("''", ""),
        (r"'50\%\_'", r"50\%\_"), (r"'a\\'", r"a\\"), ("'\"(--/*'", '"(--/*'), ("'😀é'", "😀é"),
    ],
)  # fmt: skip
def test_escapes_of_the_standard_are_read(text, literal):
    assert parse_text(f"a = {text}")["args"][1] == literal


def test_numbers_are_exact_and_may_start_with_a_point():
    assert parse_text("a = 9007199254740993")["args"][1] == 9007199254740993
    assert parse_text("a = -.5")["args"][1] == -0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"), ("a = ", "ends too early"), ("(a = 1", "ends too early"),
        ("a = 1)", "')' at character 6"), ("a = 'x", "'x\" at character 5"), ("a == 1", "'= 1'"),
        ("a = 1 b", "'b' at character 7"), ("1 < a < 2", "'< 2'"),
        ("a IN ()", "')' at character 7"),
        ("a = 1; DROP TABLE x", "'; DROP TABLE x'"), ("POINT EMPTY IS NULL", "'EMPTY"),
        ("S_EQUALS(g, POINT(nan 1))", "'nan 1"), ("S_EQUALS(g, POINT(1))", "not a geometry"),
        ("S_EQUALS(g, POLYGON((1 1, 2 2)))", "not a geometry"), ("a ILIKE 'x'", "ILIKE"),
        ("a LIKE", "ends too early"), ("DATE() = a", "DATE needs one text"),
    ],
)  # fmt: skip
def test_errors_say_where(text, said):
    with pytest.raises(BadRequestError) as caught:
        parse_text(text)
    assert said in str(caught.value)


# Texts that hold a backtracking parser for ever, or overrun the stack of a recursive one.
@pytest.mark.parametrize(
    "text",
    ["(" * 20_000, "(" * 5000 + "a =" + ")" * 5000, "a IN (" * 5000, "NOT (" * 9000,
     "f(" * 9000, "-" * 20_000, "a=not " * 5000, "S_EQUALS(g, POINT" + "(" * 9000,
     "GEOMETRYCOLLECTION(" * 2000],
)  # fmt: skip
def test_hostile_nesting_is_refused(text):
    with pytest.raises(BadRequestError):
        parse_text(text)


PIECES = st.sampled_from(
    ["a", "(", ")", "'", '"', ",", "=", "<", ">", "+", "-", "*", "^", "1", ".5", "e9", " ", "NOT ",
     " AND ", " OR ", " LIKE ", " IN ", " BETWEEN ", " IS ", "NULL", "DATE(", "INTERVAL(", "'..'",
     "BBOX(", "POINT(", "POLYGON((", "Z", "CASEI(", "\\", "\0", "é", "\ud800", "'2024-01-01'",
     "TRUE"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=30))
@example("DATE('x','y')=a")
def test_any_text_is_read_or_refused(text):
    try:
        json.dumps(parse_text(text))
    except BadRequestError:
        return
