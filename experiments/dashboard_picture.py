"""A picture of the dashboard's charts, as the README shows it.

make dashboard                                                (prints the address of the charts)
python experiments/dashboard_picture.py --charts ADDRESS --picture docs/dashboard.png
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from browser import browser

SECONDS = 20
"""For MLflow's page to fetch and draw everything."""
QUIET = """
localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
"""
"""Closes MLflow's assistant, which opens by itself at the first visit of a browser."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--charts", required=True, help="address, as make dashboard prints it")
    parser.add_argument("--picture", type=Path, required=True)
    arguments = parser.parse_args()
    with browser(network=True) as page:
        page.look_like(1400, 1150)
        page.open(arguments.charts.partition("#")[0], settle=2.0)
        page.value(QUIET)
        page.open("about:blank", settle=0.0)
        page.open(arguments.charts)
        time.sleep(SECONDS)
        page.picture(arguments.picture)


if __name__ == "__main__":
    main()
