"""Tracking: the record of a campaign that people browse, beside the store that the loop needs."""

from __future__ import annotations

import logging
import shlex
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from loop.campaign_run import CampaignRun
from loop.mlflow_record import HOST, PORT, connect, database, database_uri, run_page
from loop.standing import Standing

log = logging.getLogger(__name__)


class Tracking(Protocol):
    """Shows a campaign to people; nothing of the campaign depends on it."""

    def start(self, name: str, home: Path, params: Mapping[str, str]) -> None:
        """Begin the record of the campaign in `home`, or resume it."""

    def log_round(self, standing: Standing, report_folder: Path | None) -> None:
        """Record every finished round that is not recorded yet, and the report if it is given."""

    def finish(self, standing: Standing, report_folder: Path | None) -> None:
        """Record what is left and close; a later `start` opens it again."""

    def link(self) -> str:
        """Where to look and how to open it, or an empty string."""


class NoTracking:
    """No record beside the store."""

    def start(self, name: str, home: Path, params: Mapping[str, str]) -> None:
        """Do nothing."""

    def log_round(self, standing: Standing, report_folder: Path | None) -> None:
        """Do nothing."""

    def finish(self, standing: Standing, report_folder: Path | None) -> None:
        """Do nothing."""

    def link(self) -> str:
        """Nowhere."""
        return ""


class MlflowTracking:
    """A projection of the store into MLflow, which may be deleted, unreachable or behind.

    Each call compares MLflow with the standing and adds what is missing, so a resumed campaign
    repeats nothing and a deleted database is filled again. The first error is told in one line
    and ends the tracking of this process; the campaign goes on.
    """

    def __init__(self, uri: str | None = None, experiment: str | None = None) -> None:
        """Keep the choices.

        Args:
            uri: an MLflow tracking URI; None: `mlflow.db` in the folder that holds the home.
            experiment: name of the experiment; None: the campaign's name.
        """
        self.uri = uri
        self.experiment = experiment
        self._run: CampaignRun | None = None
        self._folder = Path()

    def start(self, name: str, home: Path, params: Mapping[str, str]) -> None:
        """Begin the record of the campaign in `home`, or resume it by its tag."""
        self._folder = home.resolve().parent
        self._attempt(lambda: self._open(self.experiment or name, home.resolve(), params))

    def log_round(self, standing: Standing, report_folder: Path | None) -> None:
        """Record every finished round that MLflow does not know."""
        run = self._run
        if run is not None:
            self._attempt(lambda: _log(run, standing, report_folder))

    def finish(self, standing: Standing, report_folder: Path | None) -> None:
        """Record what is left and mark the run as finished."""
        self.log_round(standing, report_folder)
        if self._run is not None:
            self._attempt(self._run.finish)

    def link(self) -> str:
        """Address of the campaign's page, and how to start the dashboard that serves it."""
        if self._run is None:
            return "not recorded"
        served = _is_server(self.uri)
        server = str(self.uri) if served else f"http://{HOST}:{PORT}"
        page = run_page(server, self._run.experiment_id, self._run.run_id)
        if served:
            return page
        command = f"python -m loop.dashboard {shlex.quote(str(self._folder))}"
        return f"{page}  (start the dashboard first: make dashboard, or {command})"

    def _open(self, experiment: str, home: Path, params: Mapping[str, str]) -> None:
        file = database(self._folder)
        artifacts = (
            None if _is_server(self.uri) else (self._folder / "mlruns" / experiment).as_uri()
        )
        if self.uri is None and not file.exists():
            log.info(f"creating the MLflow record {file}; this takes some seconds, once")
        client = connect(self.uri or database_uri(self._folder))
        self._run = CampaignRun.open(client, experiment, artifacts, home, params)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                action()
        except Exception as error:
            # Whatever MLflow, its database or its server raise: this record is only a copy.
            self._run = None
            cause = (str(error).splitlines() or [type(error).__name__])[0][:200]
            log.warning(
                f"warning: MLflow at {self.uri or database(self._folder)} does not answer "
                f"({cause}); the campaign goes on, and its next run records what is missing"
            )


def _log(run: CampaignRun, standing: Standing, report_folder: Path | None) -> None:
    run.log_rounds(standing)
    if report_folder is not None:
        run.log_report(report_folder)


def _is_server(uri: str | None) -> bool:
    return uri is not None and uri.startswith(("http://", "https://"))
