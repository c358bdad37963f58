"""`python -m tests.benchmarks [--only a,b] [--schools 400 --periods 4]`: the speed table.

Runs on servers of its own in $PORTAL_DATA/bench, which are removed afterwards; writes $PORTAL_DATA/bench.json.
Exit code 1 when a required ratio is missed. What each row measures, and against which floor, stands in its module.
"""

import argparse
import json
import os
import shutil
import sys
import time
import traceback
from pathlib import Path

from . import ROW_MODULES
from .bench import Bench, Size, choose, failed, run
from .prepare import prepare
from .table import Line, table


def main() -> int:
    options = _options()
    data = Path(os.environ.get("PORTAL_DATA", ".data")).resolve()
    prepare(data / "bench")
    for module in ROW_MODULES:
        __import__(f"{__package__}.{module}")
    try:
        rows = choose(options.only)
    except ValueError as error:
        print(error)
        return 2
    from portal import embedded

    try:
        return _measure(rows, options, data)
    finally:
        embedded.stop(data / "bench")
        if not options.keep:
            shutil.rmtree(data / "bench", ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="letters or names of rows, e.g. a,cells")
    parser.add_argument("--schools", type=int, default=Size.schools)
    parser.add_argument("--districts", type=int, default=Size.districts)
    parser.add_argument("--periods", type=int, default=Size.periods)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")) + 20)
    parser.add_argument("--keep", action="store_true", help="leave the servers' data for a look at them")
    return parser.parse_args()


def _measure(rows: list, options: argparse.Namespace, data: Path) -> int:
    from .machine import describe

    machine = describe()
    bench = Bench(Size(options.schools, options.districts, options.periods), data / "bench", options.port)
    lines: list[Line] = []
    broken: list[str] = []
    started = time.perf_counter()
    print(f"building {bench.size} …", flush=True)
    print(f"{bench.city.facts:,} facts in {time.perf_counter() - started:.0f} s", flush=True)
    for row in rows:
        began = time.perf_counter()
        print(f"({row.letter}) {row.title} …", flush=True)
        try:
            lines += run(row, bench)
        except Exception:
            # The other rows are worth having all the same.
            broken.append(row.letter)
            traceback.print_exc()
        print(f"    {time.perf_counter() - began:.0f} s", flush=True)
    print("\n" + ", ".join(f"{name} {value}" for name, value in machine.items()))
    print(table(lines))
    report = {"machine": machine, "size": vars(options), "lines": [line.as_json() for line in lines]}
    (data / "bench.json").write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s in all; figures in {data / 'bench.json'}")
    for line in failed(lines):
        print(f"MISSED: ({line.name}) {line.title}: {line.ratio:.2f}, required {line.required}")
    for letter in broken:
        print(f"BROKEN: ({letter}), see above")
    return 1 if failed(lines) or broken else 0


if __name__ == "__main__":
    sys.exit(main())
