"""The MLflow record that the campaigns of a folder share: where it is and how to reach it.

Imports neither torch nor, before `connect`, MLflow: the dashboard starts at once.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

HOST = "127.0.0.1"
PORT = 5000
ID, ROLE, ROUND = "campaign.id", "campaign.role", "campaign.round"
"""Tags by which runs are found again."""
VIEW = "campaign"
"""Key of the view of the charts that is kept with an experiment."""


def database(folder: Path) -> Path:
    """The database file of the campaigns whose homes lie in `folder`."""
    return folder.resolve() / "mlflow.db"


def database_uri(folder: Path) -> str:
    """Tracking URI of that database."""
    return f"sqlite:///{database(folder)}"


def run_page(server: str, experiment_id: str, run_id: str) -> str:
    """Address of a run's page; without its last part MLflow opens its view for language models."""
    page = f"#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"
    return f"{server.rstrip('/')}/{page}"


def charts_page(server: str, experiment_id: str) -> str:
    """Address of an experiment's charts in the view that is kept with it (`loop.mlflow_view`)."""
    choice = f"workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey={VIEW}"
    return f"{server.rstrip('/')}/#/experiments/{experiment_id}/runs?{choice}"


def connect(uri: str) -> MlflowClient:
    """A client of the tracking database or server at `uri`; the first import takes seconds.

    MLflow sends no telemetry, gives up on a dead server after seconds, and keeps its own log off
    the terminal. What the user has set in the environment wins.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient

        for name in ("mlflow", "alembic", "urllib3.connectionpool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        return MlflowClient(tracking_uri=uri)
