"""`python -m portal.checks`: what only Django can check, under the settings it is meant for."""

import os
import subprocess
import sys

# Values that satisfy the production settings without opening any connection.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "SECRET_KEY": "checked-not-used-" * 5,
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
COMMANDS: tuple[tuple[list[str], dict[str, str]], ...] = (
    (["makemigrations", "--check", "--dry-run"], {"PYTHONWARNINGS": "ignore::RuntimeWarning"}),
    (["check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
)


def main() -> int:
    worst = 0
    for arguments, environment in COMMANDS:
        print("manage.py", *arguments, flush=True)
        done = subprocess.run([sys.executable, "manage.py", *arguments], env={**os.environ, **environment}, check=False)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
