"""`python -m loop.dashboard [FOLDER]`: open the MLflow record of the campaigns of a folder."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from loop.mlflow_record import (
    HOST,
    PORT,
    ROLE,
    charts_page,
    connect,
    database,
    database_uri,
    run_page,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every campaign's link and serve the dashboard until Ctrl-C; return the exit code."""
    choice = _parser().parse_args(arguments)
    folder = Path(choice.folder)
    if not database(folder).exists():
        print(
            f"error: got no {database(folder)}, expected the MLflow record of a campaign; "
            "run a campaign first, or give the folder that holds its home",
            file=sys.stderr,
        )
        return 1
    if not is_free(choice.port):
        print(
            f"error: port {choice.port} is in use, perhaps by a dashboard that is already running; "
            f"open http://{HOST}:{choice.port}, or choose another: --port, make dashboard PORT=...",
            file=sys.stderr,
        )
        return 1
    for line in links(folder, choice.port):
        print(line)
    print("starting the dashboard; Ctrl-C stops it", flush=True)
    return serve(folder, choice.port)


def links(folder: Path, port: int) -> list[str]:
    """Two lines a campaign: its name, the address of its page and that of its charts."""
    client = connect(database_uri(folder))
    experiments = {e.experiment_id: e.name for e in client.search_experiments()}
    runs = client.search_runs(list(experiments), f"tags.`{ROLE}` = 'campaign'")
    server = f"http://{HOST}:{port}"
    lines = []
    for run in runs:
        name = experiments[run.info.experiment_id]
        page = run_page(server, run.info.experiment_id, run.info.run_id)
        lines.append(f"{name} ({run.info.run_name}, {run.info.status.lower()}): {page}")
        lines.append(f"  its charts by round: {charts_page(server, run.info.experiment_id)}")
    return lines


def serve(folder: Path, port: int) -> int:
    """Run MLflow's server on this machine alone until it is stopped; return its exit code."""
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Two processes and half a gigabyte instead of ten and more than two.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", database_uri(folder)]
    command += ["--host", HOST, "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, env=environment) as server:
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.wait()
            return 0


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loop.dashboard", description=__doc__)
    parser.add_argument(
        "folder",
        nargs="?",
        default="experiments",
        help="the folder that holds the campaigns' homes (default: experiments)",
    )
    parser.add_argument(
        "--port", type=int, default=os.environ.get("PORT") or PORT, help=f"default: {PORT}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
