"""The benches that read recorded data, on small data invented here."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import decisions, experiments
from bench.decision_world import simulate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(file: Path, rows: list[list[object]]) -> None:
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(",".join(map(str, row)) + "\n" for row in rows)


def figures(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_permuted_labels_are_seldom_found_to_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lots = np.random.default_rng(1)
    header = ["", 0, 1, 2]
    tests = [[f"t{number}", *lots.integers(800, 1200, 2), number % 2 * 900] for number in range(60)]
    write(tmp_path / "impressions.csv.gz", [header, *tests])
    # The clicks differ by arm; dealt anew they do not.
    write(tmp_path / "clicks.csv.gz", [header, *([name, 90.0, 30.0, 0] for name, *_ in tests)])
    assert experiments.main(["--aa", str(tmp_path), "--worlds", "60", "--json"]) == 0
    found = figures(capsys)
    assert found["tests"] == 60
    assert found["false_alarms"] <= 0.15
    assert found["false_alarms_fixed_test"] > found["false_alarms"]
    assert found["power_ratio"] >= 0.8
    for world in ("revenue", "states", "partners_revenue"):
        # Of 60 experiments, what is right in 95 % goes wrong in nine once in a thousand times.
        assert found[f"{world}_false_alarms"] <= 0.15
        assert found[f"{world}_coverage"] >= 0.85
        assert found[f"{world}_power"] >= 0.6
    for arms in ("", "_three_arms", "_large_control", "_small_control"):
        assert found[f"guardrails_false_alarms{arms}"] <= 0.15
        assert found[f"guardrails_falsely_held{arms}"] <= 0.15
    assert found["guardrails_found"] >= 0.6
    for arms in ("", "_large_control", "_small_control"):
        assert found[f"rate_2_of_3000_false_alarms{arms}"] <= 0.15
        assert found[f"rate_2_power{arms}"] >= 0.6
        assert found[f"rate_2_power_ratio{arms}"] >= 0.8
    # What counting the leads of a state one by one would come to.
    assert found["states_false_alarms_by_lead"] > 0.3


def test_policies_are_estimated_from_one_anothers_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lots, rates = np.random.default_rng(2), np.array([0.02, 0.1, 0.3])
    for name, policy in (("random", [1 / 3] * 3), ("bts", [0.1, 0.2, 0.7])):
        items = lots.choice(3, 3000, p=policy)
        rows = [
            [item, 1 + number % 2, lots.binomial(1, rates[item]), policy[item]]
            for number, item in enumerate(items)
        ]
        write(tmp_path / f"{name}_men.csv.gz", [list(decisions.COLUMNS), *rows])
    assert (
        decisions.main(
            [
                "--log",
                str(tmp_path),
                "--decisions",
                "50",
                "--worlds",
                "1",
                "--draws",
                "300",
                "--looks",
                "2",
                "--json",
            ]
        )
        == 0
    )
    found = figures(capsys)
    assert found["inside"] == 1.0
    assert found["bts_from_random_dr_low"] < found["bts_from_random_percent"] < 30.0
    # The two differ: the one's estimate is not the other's rate.
    assert found["bts_from_random_snips_low"] > found["random_from_bts_percent"]


@pytest.mark.parametrize(
    ("main", "option"),
    [(experiments.main, "--aa"), (decisions.main, "--log")],
    ids=["experiments", "decisions"],
)
def test_they_say_what_can_not_be_read_and_how_they_are_used(
    main: Callable[[list[str]], int],
    option: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([option, str(tmp_path)]) == 1
    assert "can't be read" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--json" in capsys.readouterr().out


def test_a_policy_that_learns_soon_does_better_than_the_rules() -> None:
    regret = simulate(1500, 5)
    assert regret.learned < 0.8 * regret.rules
    assert regret.behind <= regret.floor_cost
    assert simulate(1500, 5) == regret
