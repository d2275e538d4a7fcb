"""Runs every benchmark one after the other and prints what they print: `make bench`."""

from __future__ import annotations

import subprocess
import sys

PARTS = ["startup", "pages", "api", "library", "uploads", "claims"]


def main() -> int:
    """Run the parts named on the command line, or all; return how many failed."""
    failed = 0
    for part in sys.argv[1:] or PARTS:
        print(f"\n== bench.{part}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"bench.{part}"]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
