"""The installed wheel runs outside the repository, with its data."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_an_installed_wheel_runs_a_users_campaign_outside_the_repository(mine):
    wheels = mine.folder / "wheels"
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(wheels),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    site = mine.folder / "site"
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    command = [sys.executable, "-m", "loop", *mine.arguments("rounds=2")]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    where = "import loop, molecules, conf; print(loop.__file__, molecules.__file__, conf.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where],
        cwd=mine.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(
        str(site) in path or path.startswith(str(site)) for path in found.stdout.split(" /")[:1]
    )
    assert str(ROOT) + "/loop" not in found.stdout
    done = subprocess.run(
        command, cwd=mine.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (mine.home / "report" / "report.html").exists()
    shown = subprocess.run(
        [sys.executable, "-m", "loop", "--help"],
        cwd=mine.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
