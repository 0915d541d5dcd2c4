"""How long ``groundswell --help`` takes: goal 0.3 s, beside an empty Python and ``pip --help`` in the same run."""

from __future__ import annotations

from statistics import median

from benchmarks.measuring import machine, run, table

_COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "pip --help": ["-m", "pip", "--help"],
    "groundswell --help": ["-m", "groundswell", "--help"],
}


def main() -> str:
    """Seven runs of each in turn, after one that is not counted; the Markdown text for the results."""
    times: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for turn in range(8):
        for name, arguments in _COMMANDS.items():
            wall = run(arguments).wall
            if turn:
                times[name].append(wall)
    rows = [[name, f"{median(found):.2f}", f"{min(found):.2f}", f"{max(found):.2f}"] for name, found in times.items()]
    return machine("groundswell", "typer") + "\n\n" + table(["", "median s", "min s", "max s"], rows) + "\n"


if __name__ == "__main__":
    print(main())
