"""What of a machine is told to be another one."""

from __future__ import annotations

from logodds.review.replay.environment import differences

BEFORE = {"version.numpy": "2.0", "version.torch": "2.13", "device": "cpu", "threads": "1"}
PACKAGES = ("numpy==2.0", "scipy==1.0", "unrelated==1", "torch==2.13")


def test_nothing_is_told_of_what_is_the_same() -> None:
    assert differences(BEFORE, PACKAGES, dict(BEFORE), PACKAGES) == {}


def test_what_differs_is_told_once() -> None:
    now = {**BEFORE, "version.numpy": "2.1", "device": "NVIDIA H200", "env.MKL_CBWR": "AVX2"}
    installed = ("numpy==2.1", "safetensors==0.6", "unrelated==2", "torch==2.13")
    assert differences(BEFORE, PACKAGES, now, installed) == {
        "version.numpy": ("2.0", "2.1"),
        "device": ("cpu", "NVIDIA H200"),
        "env.MKL_CBWR": ("none", "AVX2"),
        "package safetensors": ("none", "0.6"),
        "package scipy": ("1.0", "none"),
    }


def test_a_package_is_told_where_its_tag_is_as_it_was() -> None:
    faked = ("numpy==1.0", *PACKAGES[1:])
    assert differences(BEFORE, faked, BEFORE, PACKAGES) == {"package numpy": ("1.0", "2.0")}


def test_a_record_without_a_list_of_packages() -> None:
    assert differences(BEFORE, (), BEFORE, PACKAGES) == {}
