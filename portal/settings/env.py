"""The one reader of the environment."""

from pathlib import Path

import environ

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(env.str("PORTAL_DATA", default=str(ROOT / ".data"))).resolve()
