"""Where Chromium is; `python -m tests.support.browser` installs Debian's when it is missing and may be installed."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def find_chromium() -> str | None:
    """Path of a Chromium on this machine, or None."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    if find_chromium():
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print("Chromium is not installed and may not be installed here: the browser tests will be reported as skipped.")
        return 0
    print("Installing chromium and fonts-noto-cjk for the browser tests ...", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        if subprocess.run([apt, *arguments], check=False, **quiet).returncode:  # type: ignore[call-overload]
            print("That did not work: the browser tests will be reported as skipped.")
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
