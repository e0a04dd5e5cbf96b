"""Swept overrides as the dimensions of a search."""

from __future__ import annotations

import random
import struct

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from logodds.sweep.search.space import Choice, Dimension, IntervalDimension, Search, Space, Steps, search
from logodds.system.errors import UserError

PARSER = OverridesParser.create()


def searched(*overrides: str) -> Search:
    return search(PARSER.parse_overrides(list(overrides)))


def dimension(override: str) -> Dimension:
    (found,) = searched(override).space.dimensions
    return found


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("optim.weight_decay=0,1e-4", Choice("optim.weight_decay", ("0", "0.0001"))),
        ("model.hidden=[32],[64,64]", Choice("model.hidden", ("[32]", "[64,64]"))),
        ("model=logistic,mlp", Choice("model", ("logistic", "mlp"))),
        ("model=choice(logistic,mlp)", Choice("model", ("logistic", "mlp"))),
        ("x='a b',null,true,{y:1}", Choice("x", ("'a b'", "null", "True", "{y:1}"))),
        ("x=1,1,2", Choice("x", ("1", "2"))),
        ("+x.y=a,b", Choice("+x.y", ("a", "b"))),
        ("++x.y=a,b", Choice("++x.y", ("a", "b"))),
        ("x@y=a,b", Choice("x@y", ("a", "b"))),
        ("x=sort(3,1,2)", Choice("x", ("1", "2", "3"))),
        ("x=shuffle(c,a,b)", Choice("x", ("c", "a", "b"))),
        ("x=int(1.5,2.5)", Choice("x", ("1", "2"))),
        ("x=range(1,5)", Steps("x", 1, 1, 4)),
        ("x=range(3)", Steps("x", 0, 1, 3)),
        ("x=range(1,8,3)", Steps("x", 1, 3, 3)),
        ("x=range(5,1,-1)", Steps("x", 2, 1, 4)),
        ("x=sort(range(1,5),reverse=true)", Steps("x", 1, 1, 4)),
        ("x=shuffle(range(1,5))", Steps("x", 1, 1, 4)),
        ("x=range(0,1,0.25)", Steps("x", 0.0, 0.25, 4)),
        ("x=range(0,2.5)", Steps("x", 0.0, 1.0, 3)),
        ("x=float(range(1,3))", Steps("x", 1.0, 1.0, 2)),
        ("x=range(0.3,0,-0.1)", Steps("x", 0.1, 0.1, 3)),
        ("x=interval(0,1)", IntervalDimension("x", 0.0, 1.0, log=False)),
        ("x=int(interval(8,64))", IntervalDimension("x", 8, 64, log=False)),
        ("x=tag(log,interval(1e-4,1))", IntervalDimension("x", 1e-4, 1.0, log=True)),
        ("x=int(tag(log,interval(8,64)))", IntervalDimension("x", 8, 64, log=True)),
        ("x=tag(log,int(interval(8,64)))", IntervalDimension("x", 8, 64, log=True)),
    ],
)
def test_a_sweep_is_a_dimension(override: str, expected: Dimension) -> None:
    found = dimension(override)
    assert found == expected
    if isinstance(found, Steps | IntervalDimension):
        assert {type(found.low)} == {type(expected.low)}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "override",
    [
        "x=range(7)",
        "x=range(2,11,4)",
        "x=range(-3,9,2)",
        "x=range(9,2,-3)",
        "x=range(0,1,0.125)",
        "x=range(2.0,-1,-0.5)",
    ],
)
def test_a_range_has_the_values_of_hydras_grid(override: str) -> None:
    found = dimension(override)
    assert isinstance(found, Steps)
    ours = list(map(found.text, found.values()))
    assert ours == sorted(PARSER.parse_override(override).sweep_string_iterator(), key=float)


def test_decimal_fractions_are_as_a_person_writes_them() -> None:
    found = dimension("x=range(0.1,1,0.1)")
    assert isinstance(found, Steps)
    assert [found.text(found.low + place * 0.1) for place in range(found.count)] == [f"0.{k}" for k in range(1, 10)]


def test_a_double_is_read_back_as_it_was() -> None:
    drawn = random.Random(0)
    space = Space((IntervalDimension("x", 0.0, 1.0, log=False),))
    doubles: list[float] = [1e-5, 1e22, 5e-324, -0.0]
    doubles += [value for value in struct.unpack("200d", drawn.randbytes(1600)) if abs(value) < float("inf")]
    for value in doubles:
        (override,) = space.overrides({"x": value})
        assert struct.pack("d", PARSER.parse_override(override).value()) == struct.pack("d", value)


def test_a_point_is_override_texts_that_hydra_reads_back() -> None:
    found = searched(
        "optim.lr=tag(log,interval(1e-4,1))", "model.hidden=[32],[64,64]", "+x='a b',c", "y=range(0,1,0.1)"
    )
    point = {"optim.lr": 1e-4, "model.hidden": "[64,64]", "+x": "'a b'", "y": 0.30000000000000004}
    overrides = found.space.overrides(point)
    assert overrides == ("optim.lr=0.0001", "model.hidden=[64,64]", "+x='a b'", "y=0.3")
    assert [PARSER.parse_override(each).value() for each in overrides] == [1e-4, [64, 64], "a b", 0.3]


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        (["train.seed=0,1"], ("0", "1")),
        (["train.seed=range(3)"], ("0", "1", "2")),
        (["train.seed=shuffle(range(3))"], ("0", "1", "2")),
        (["train.seed=choice(5,5,7)"], ("5", "7")),
        (["train.seed=4"], ()),
        ([], ()),
    ],
)
def test_seeds_repeat_every_trial(given: list[str], seeds: tuple[str, ...]) -> None:
    found = searched("problem=iris", *given, "optim.lr=0.1,0.2")
    assert found.seeds == seeds
    assert found.space == Space((Choice("optim.lr", ("0.1", "0.2")),))
    assert found.fixed == ("problem=iris", *(["train.seed=4"] if given == ["train.seed=4"] else []))


def test_a_grid_has_all_values() -> None:
    assert searched("a=x,y", "b=range(3)", "c=range(0,1,0.5)").space.grid() == {
        "a": ["x", "y"],
        "b": [0, 1, 2],
        "c": [0.0, 0.5],
    }


def test_an_interval_has_no_grid() -> None:
    told = "optim.lr: an interval has no grid; list values, as in optim.lr=0.001,1.0, or set hydra.sweeper.sampler=tpe"
    with pytest.raises(UserError) as raised:
        searched("a=x,y", "optim.lr=interval(1e-3,1)").space.grid()
    assert str(raised.value) == told


def test_a_grid_of_too_many_points_is_refused() -> None:
    told = r"^1000000000000 points are too many for a grid, 100000 the most; list fewer, or set hydra\.sweeper\.sampler"
    with pytest.raises(UserError, match=told):
        searched("a=range(1000000)", "b=range(1000000)").space.grid()


WRONG_ENDS = "must have finite ends, the lower one first; write x=interval(LOW,HIGH)"
NO_VALUES = "holds no values, or infinitely many; write x=range(START,STOP) with START < STOP"
ONE_TAG = "the tag log goes with an interval alone; write x=tag(log,interval(1e-4,1))"
NO_LOGARITHM = "only numbers > 0 have a logarithm; write x=tag(log,interval(1e-4,1))"
LISTED = "seeds repeat every trial and are listed; write train.seed=0,1,2"


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("x=interval(1,0)", WRONG_ENDS),
        ("x=interval(1,1)", WRONG_ENDS),
        ("x=int(interval(1.2,1.7))", WRONG_ENDS),
        ("x=interval(0,inf)", WRONG_ENDS),
        ("x=interval(nan,1)", WRONG_ENDS),
        ("x=interval(-1e308,1e308)", WRONG_ENDS),
        ("x=tag(log,interval(0,1))", NO_LOGARITHM),
        ("x=tag(log,int(interval(0,9)))", NO_LOGARITHM),
        ("x=tag(ln,interval(1,2))", "ln: not a tag that a search knows; write x=tag(log,interval(1e-4,1))"),
        (
            "x=tag(log,slow,interval(1,2))",
            "log and slow: not a tag that a search knows; write x=tag(log,interval(1e-4,1))",
        ),
        ("x=tag(log,tag(ln,interval(1,2)))", ONE_TAG),
        ("x=tag(log,range(1,9))", ONE_TAG),
        ("x=tag(log,choice(1,9))", ONE_TAG),
        ("x=range(0)", NO_VALUES),
        ("x=range(5,1)", NO_VALUES),
        ("x=range(1,5,0)", NO_VALUES),
        ("x=range(0,inf)", NO_VALUES),
        ("train.seed=interval(0,9)", LISTED),
        ("train.seed=tag(log,choice(0,9))", LISTED),
    ],
)
def test_a_sweep_that_holds_nothing_is_one_line(override: str, told: str) -> None:
    with pytest.raises(UserError) as raised:
        searched("y=1,2", override)
    assert str(raised.value) == f"{override}: {told}"
    assert len(str(raised.value)) <= 200


def test_a_key_is_given_once() -> None:
    with pytest.raises(UserError, match=r"^x=1,2: x is given twice; leave one of them out$"):
        searched("x=1,2", "+x=3")


@pytest.mark.parametrize("overrides", [["problem=iris"], ["train.seed=0,1"]])
def test_nothing_to_search_is_told(overrides: list[str]) -> None:
    told = r"^nothing to search: no key but the seed has several values; sweep one, as in 'optim\.lr="
    with pytest.raises(UserError, match=told):
        searched(*overrides)
