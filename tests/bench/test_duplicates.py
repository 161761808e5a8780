"""The duplicates' bench on a small table of its own."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from bench.duplicates import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RECORDS = """True Id,Site name,Address,Zip,Phone,More
1,Casa do Criador,"Rua A, 120",38010,34 3333-0000,x
1,CASA DO CRIADOR,Rua A 120,38010,3333-0000,
2,Haras Lobo,"Avenida Brasil, 9",38010,33331111,
2,Tratores Vale,"Avenida Brasil, 9",,,
3,Loja da Serra,"Rua das Flores, 77",,,
"""


def test_it_counts_what_is_right_and_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "records.csv.gz").write_bytes(gzip.compress(RECORDS.encode()))
    assert main([str(tmp_path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (figures["records"], figures["pairs_found"]) == (5, 2)
    assert (figures["precision"], figures["recall"], figures["f1"]) == (1, 1, 1)
    assert {"half_1_f1", "half_2_f1", "seconds"} <= figures.keys()


def test_it_says_what_it_can_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "records.csv.gz can't be read" in capsys.readouterr().err
