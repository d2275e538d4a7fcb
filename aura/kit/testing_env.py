"""The environment of the tests: loaded by pytest before anything of Django (`-p aura.kit.testing_env`).

Every run has a data folder of its own, so that tests never meet the data or the keys of this machine's instance.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["AURA_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")
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
