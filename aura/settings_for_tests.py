"""The settings of the tests: an environment of their own, then the same settings as everywhere.

Every run has a data folder of its own, so that tests never meet the data or the keys of this machine's instance.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["AURA_ENV"] = "test"
for _name in (
    "AURA_DEBUG",
    "AURA_DEMO_PASSWORD",
    "AURA_SECRET_KEY",
    "AURA_SECRET_KEYS",
    "AURA_FAILPOINTS",
    "PORT",
):
    os.environ.pop(_name, None)

if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers share the folder of the process that started them
    _folder = tempfile.mkdtemp(prefix="aura-test-")
    os.environ["AURA_DATA_DIR"] = _folder
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
(Path(os.environ["AURA_DATA_DIR"]) / "tmp").mkdir(parents=True, exist_ok=True)

# Each xdist worker has a database of Redis to itself: one test's ids must not reach another test's Celery worker.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if os.environ.get("REDIS_URL") and _worker.isdigit():
    _server = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{_server}/{int(_worker) % 15 + 1}"
# And a bucket to itself: the demo's workspace, and with it the names of its files, are the same everywhere.
if os.environ.get("AURA_STORAGE") == "s3" and _worker:
    os.environ["AURA_S3_BUCKET"] += f"-{_worker}"

from aura.settings import *  # noqa: F403

# A test makes several browsers, and each would read the whole folder of static files first: look when one is asked for.
WHITENOISE_AUTOREFRESH = True
