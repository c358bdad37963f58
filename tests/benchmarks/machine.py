"""One line about the machine: figures without it mean nothing."""

import os
import platform
import re
from pathlib import Path

from django.db import connection


def describe() -> dict[str, str]:
    """Cores, memory, load before the run, versions of Python, PostgreSQL and Redis."""
    from django.core.cache import cache

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        postgres = cursor.fetchone()[0]
    memory = int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0)
    redis = cache._cache.get_client(None).info("server")["redis_version"]
    return {
        "cores": str(os.cpu_count()),
        "processor": _first(r"model name\s*:\s*(.+)", "/proc/cpuinfo"),
        "memory": f"{memory / 1024**2:.0f} GB",
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "redis": redis,
    }


def _first(pattern: str, path: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found.group(1).strip() if found else ""
