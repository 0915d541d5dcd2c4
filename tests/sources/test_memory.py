"""What is huge or wicked costs little memory: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from conftest import environment

MEASURED = """
import resource, sys
from pathlib import Path
from groundswell.sources import columns_of, head_of, read_rows, stage
from groundswell.tables import Engine
from groundswell.vocabulary import GroundswellError

path, folder = Path(sys.argv[1]), Path(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    {body}
except GroundswellError as error:
    print(error.message)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown // 1024, "MB")
"""


def measure(body: str, path, folder) -> tuple[list[str], int]:
    """What it said, and by how many megabytes the process grew."""
    code = MEASURED.replace("{body}", textwrap.indent(textwrap.dedent(body).strip(), "    ").lstrip())
    started = [sys.executable, "-c", code, str(path), str(folder)]
    done = subprocess.run(started, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    *said, last = done.stdout.splitlines()
    return said, int(last.split()[0])


def test_a_field_of_200_megabytes_is_rejected_and_never_held(tmp_path):
    path = tmp_path / "people.csv"
    with path.open("wb") as handle:
        handle.write(b"id,said\n1,ok\n2,")
        for _ in range(200):
            handle.write(b"x" * 1_000_000)
        handle.write(b'\n3,ok\n4,"')
        for _ in range(50):
            handle.write(b'many lines\n""and quotes""\n' * 40_000)
        handle.write(b'"\n5,ok\n')
    said, grown = measure(
        """
        rows = read_rows(path, {}, key="k")
        print(rows.table["_row"].to_pylist(), rows.rejected["row"].to_pylist(), rows.rejected["reason"].to_pylist()[0])
        with Engine() as engine:
            laid = stage(engine, path, {"id": "id"}, folder)
            print(engine.table("select id from staged")["id"].to_pylist(), laid.broken["row"].to_pylist())
        """,
        path,
        tmp_path,
    )
    assert said == ["[1, 3, 5] [2, 4] not a whole row: it is too long", "['1', '3', '5'] [2, 4]"]
    assert grown < 300


def test_a_zip_bomb_is_refused_while_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with path.open("wb") as handle:
        import zlib

        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        handle.write(packer.compress(b"id,said\n"))
        block = b"1,1\n" * 250_000
        for _ in range(400):
            handle.write(packer.compress(block))
        handle.write(packer.flush())
    assert path.stat().st_size < 1_000_000
    body = """
        import groundswell.sources.opening as opening
        opening.LEAST_BOMB >>= 2
        columns_of(path)
        read_rows(path, {}, key="k")
        """
    said, grown = measure(body, path, tmp_path)
    assert said == ["bomb.csv.gz grows beyond all measure when it is unpacked."]
    assert grown < 100
