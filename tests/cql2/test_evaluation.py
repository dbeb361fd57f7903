"""Random filters, evaluated by DuckDB and by a small evaluator of three-valued logic."""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from datetime import date, datetime, time

from hypothesis import strategies as st

NAMES = ("id", "name", "size", "count", "open", "day", "moment", "last day")
ENDS = (datetime.min, datetime.max)


def node(op, *args):
    return {"op": op, "args": list(args)}


def names(*of):
    return st.sampled_from(of).map(lambda name: {"property": name})


numbers = st.recursive(
    names("size", "count", "id") | st.integers(-8, 8) | st.sampled_from([0.5, -4.0, 10.5, 2**60]),
    lambda n: st.builds(node, st.sampled_from(["+", "-", "*", "/", "%", "div", "^"]), n, n),
    max_leaves=4,
)
LETTERS = st.text(alphabet="aeéÉoöCcßSs%_' nN", max_size=4)
words = st.recursive(
    names("name") | LETTERS | st.sampled_from(["Café Noël", "it's", "grande strasse"]),
    lambda text: st.builds(node, st.sampled_from(["casei", "accenti"]), text),
    max_leaves=2,
)
patterns = st.builds(
    lambda text, fold: node(fold, text) if fold else text,
    st.lists(st.sampled_from(["%", "_", "a", "é", "C", "o", "\\%", "\\_", "\\\\", "N"]), max_size=5)
    .map("".join),
    st.sampled_from(["casei", "accenti", ""]),
)  # fmt: skip
days = st.sampled_from(["2024-01-01", "2024-06-15", "2024-12-31", "2025-02-01"])
stamps = st.sampled_from(
    ["2024-01-01T08:00:00Z", "2024-06-15T00:00:00Z", "2024-06-15T14:00:00+02:00"]
)
instants = (
    names("day", "moment", "last day")
    | days.map(lambda text: {"date": text})
    | stamps.map(lambda text: {"timestamp": text})
)
ends = st.just("..") | days | stamps | names("day", "moment", "last day")
temporals = instants | st.builds(lambda s, e: {"interval": [s, e]}, ends, ends)
COMPARISONS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge,
}  # fmt: skip
RELATIONS = {
    "t_after": lambda s, e, t, f: [s > f],
    "t_before": lambda s, e, t, f: [e < t],
    "t_contains": lambda s, e, t, f: [s < t, f < e],
    "t_during": lambda s, e, t, f: [t < s, e < f],
    "t_equals": lambda s, e, t, f: [s == t, e == f],
    "t_finishedby": lambda s, e, t, f: [s < t, e == f],
    "t_finishes": lambda s, e, t, f: [t < s, e == f],
    "t_intersects": lambda s, e, t, f: [not s > f, not e < t],
    "t_meets": lambda s, e, t, f: [e == t],
    "t_metby": lambda s, e, t, f: [f == s],
    "t_overlappedby": lambda s, e, t, f: [t < s, s < f, f < e],
    "t_overlaps": lambda s, e, t, f: [s < t, t < e, e < f],
    "t_startedby": lambda s, e, t, f: [s == t, f < e],
    "t_starts": lambda s, e, t, f: [s == t, e < f],
}


def comparisons():
    pairs = st.one_of(*(st.tuples(kind, kind) for kind in (numbers, words, instants)))
    triples = st.one_of(*(st.tuples(kind, kind, kind) for kind in (numbers, words, instants)))
    return (
        st.builds(lambda op, pair: node(op, *pair), st.sampled_from([*COMPARISONS]), pairs)
        | triples.map(lambda three: node("between", *three))
        | triples.map(lambda three: node("in", three[0], list(three[1:])))
    )


predicates = (
    comparisons()
    | st.builds(node, st.just("like"), words, patterns)
    | st.builds(node, st.sampled_from([*RELATIONS, "t_disjoint"]), temporals, temporals)
    | st.builds(node, st.just("isNull"), numbers | words | instants)
    | names("open")
    | st.booleans()
)
filters = st.recursive(
    predicates,
    lambda inner: (
        st.builds(node, st.just("not"), inner)
        | st.builds(node, st.just("isNull"), inner)
        | st.builds(node, st.sampled_from(["and", "or"]), inner, inner, inner)
        | st.builds(node, st.sampled_from(["=", "<>"]), inner, inner)
    ),
    max_leaves=6,
)


def all_of(values):
    return False if False in values else None if None in values else True


def evaluate(tree, row):
    if not isinstance(tree, dict):
        return tree
    if "property" in tree:
        return row[tree["property"]]
    if "date" in tree:
        return date.fromisoformat(tree["date"])
    if "timestamp" in tree:
        return stamp(tree["timestamp"])
    op, args = tree["op"], tree["args"]
    if op in RELATIONS or op == "t_disjoint":
        return related(op, *args, row)
    if op in ("and", "or", "in"):
        return several(op, args, row)
    values = [evaluate(arg, row) for arg in args]
    if op == "isNull":
        return values[0] is None
    if op == "between":
        return all_of([compared(">=", *values[:2]), compared("<=", values[0], values[2])])
    return compared(op, *values) if op in COMPARISONS else simple(op, values)


def several(op, args, row):
    if op == "in":
        value, members = args
        return several("or", [node("=", value, member) for member in members], row)
    values = [evaluate(arg, row) for arg in args]
    if op == "and":
        return all_of(values)
    return True if True in values else None if None in values else False


def simple(op, values):
    if None in values:
        return None
    functions = {
        "not": operator.not_, "like": like, "casei": str.casefold, "accenti": bare,
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
        "div": lambda a, b: float(math.trunc(a / b)), "%": math.fmod, "^": math.pow,
    }  # fmt: skip
    if op in ("not", "like", "casei", "accenti"):
        return functions[op](*values)
    try:
        result = functions[op](*map(float, values))
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None


def compared(op, left, right):
    if left is None or right is None:
        return None
    if isinstance(left, datetime) != isinstance(right, datetime):
        left, right = day_of(left), day_of(right)
    return COMPARISONS[op](left, right)


def like(value, pattern):
    tokens = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(t) or re.escape(t[1:] if t[0] == "\\" else t) for t in tokens)
    return re.fullmatch(regex, value, re.DOTALL) is not None


def bare(text):
    letters = unicodedata.normalize("NFD", text)
    return "".join(c for c in letters if unicodedata.category(c) != "Mn")


def day_of(value):
    return value.date() if isinstance(value, datetime) else value


def stamp(text):
    value = datetime.fromisoformat(text)
    return (value - value.utcoffset()).replace(tzinfo=None)


def related(op, left, right, row):
    bounds = [*span(left, row), *span(right, row)]
    if any(type(b) is date for b in bounds) and any(isinstance(b, datetime) for b in bounds):
        bounds = [b if b in ENDS else day_of(b) for b in bounds]
    bounds = [b if b is None or isinstance(b, datetime) else noon(b) for b in bounds]
    if op == "t_disjoint":
        return simple("not", [related("t_intersects", left, right, row)])
    checks = [Unknown(bound) for bound in bounds]
    return all_of(RELATIONS[op](*checks)) if None not in bounds else partly(op, checks)


def noon(day):
    return datetime.combine(day, time(12))


def partly(op, checks):
    """Return what a relation says although an end is unknown: False where another clause fails."""
    return all_of([c.value if isinstance(c, Unknown) else c for c in RELATIONS[op](*checks)])


class Unknown:
    """A moment that may be unknown, and so may be what is said of it."""

    def __init__(self, value):
        self.value = value

    def _with(self, op, other):
        known = self.value is not None and other.value is not None
        return op(self.value, other.value) if known else None

    def __lt__(self, other):
        return self._with(operator.lt, other)

    def __gt__(self, other):
        return self._with(operator.gt, other)

    def __eq__(self, other):
        return self._with(operator.eq, other)

    __hash__ = None


def span(tree, row):
    if "interval" not in tree:
        return [evaluate(tree, row)] * 2
    found = [end_of(end, at, row) for at, end in enumerate(tree["interval"])]
    kinds = {kind_of(end) for end in tree["interval"]} - {".."}
    if len(kinds) == 2:
        found = [
            datetime.combine(value, (time.min, time.max)[at]) if type(value) is date else value
            for at, value in enumerate(found)
        ]
    return found


def kind_of(end):
    if isinstance(end, dict):
        return "stamp" if end["property"] == "moment" else "day"
    return end if end == ".." else "day" if len(end) == 10 else "stamp"


def end_of(end, at, row):
    if isinstance(end, dict):
        return row[end["property"]]
    if end == "..":
        return ENDS[at]
    return date.fromisoformat(end) if len(end) == 10 else stamp(end)
