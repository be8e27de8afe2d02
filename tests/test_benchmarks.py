"""The benchmark runs; what it measures is said by `make bench` on a quiet machine, and judged by no test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.timeout(300)
def test_every_measure_runs_on_a_few_families_and_leaves_nothing_but_its_figures(tmp_path: Path) -> None:
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--size", "tiny", "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = out.iterdir()
    assert f"Written to {written}" in done.stdout
    report = json.loads(written.read_text())
    assert len(report["ratios"]) == 7
    assert all(one["value"]["median"] > 0 for one in report["ratios"])
    assert not list(temporary.iterdir())
