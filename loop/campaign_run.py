"""CampaignRun: a campaign in MLflow, a parent run with one child run a round."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.mlflow_record import ID, ROLE, ROUND, charts_page
from loop.mlflow_view import TAG, view
from loop.progress import Progress
from loop.projection import MARKER, campaign_note, picture, round_metrics, round_note
from loop.standing import Standing
from molecules import content_hash
from molecules.files import replace_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
REPORT_FILES = ("report.html", "report.md", "candidates.csv", "rounds.csv")
BATCH = 100
"""Params that MLflow takes at once."""
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Without it an experiment opens on MLflow's page for language models (internal, best effort)."""


@dataclass(frozen=True)
class CampaignRun:
    """The parent run of one campaign; every method may be called again without harm."""

    client: MlflowClient
    experiment_id: str
    run_id: str

    @classmethod
    def open(
        cls,
        client: MlflowClient,
        experiment: str,
        artifacts: str | None,
        home: Path,
        params: Mapping[str, str],
    ) -> CampaignRun:
        """Find the run of the campaign in `home` by its tag and resume it, or begin one.

        Args:
            client: where to.
            experiment: name; created where there is none, restored where it was deleted.
            artifacts: URI of the folder for files of a new experiment; None: the server's choice.
            home: the campaign's folder, which keeps the campaign's id.
            params: settings; those of a resumed run that changed become an artifact.
        """
        experiment_id = _experiment(client, experiment, artifacts)
        campaign = campaign_id(home)
        found = client.search_runs(
            [experiment_id], f"tags.`{ID}` = '{campaign}' and tags.`{ROLE}` = 'campaign'"
        )
        if found:
            run = cls(client, experiment_id, found[0].info.run_id)
            client.update_run(run.run_id, status="RUNNING")
            run._kill_orphans()
            run._log_changes(found[0].data.params, params)
        else:
            tags = {ID: campaign, ROLE: "campaign"}
            begun = client.create_run(experiment_id, tags=tags, run_name=home.name)
            run = cls(client, experiment_id, begun.info.run_id)
            run._log_params(params)
        for file in sorted(home.glob("config-*.yaml")):
            client.log_artifact(run.run_id, str(file), "configuration")
        return run

    def log_rounds(self, standing: Standing) -> None:
        """Tell the rounds that MLflow does not know yet, and renew the note and the picture."""
        known = self.client.get_metric_history(self.run_id, MARKER)
        told = {metric.step for metric in known}
        children = {
            child.data.tags.get(ROUND)
            for child in self._children()
            if child.info.status == "FINISHED"
        }
        for row in standing.progress:
            if row.round not in told:
                self._log_picture(standing, row.round)
                # Last: the metrics, one transaction, are the sign that the round has been told.
                self._log_metrics(self.run_id, standing, row)
            if str(row.round) not in children:
                self._log_child(standing, row)
        if standing.progress:
            image = picture(standing, standing.progress[-1].round)
            if image is not None:
                self.client.log_image(self.run_id, image, artifact_file="latest/molecules.png")
        note = campaign_note(standing, self.run_id, charts_page("", self.experiment_id))
        self.client.set_tag(self.run_id, NOTE, note)
        self._seed_view(standing)

    def log_report(self, folder: Path) -> None:
        """Attach the files of a report; those of an earlier one are replaced."""
        for name in REPORT_FILES:
            if (folder / name).exists():
                self.client.log_artifact(self.run_id, str(folder / name))

    def finish(self) -> None:
        """Mark the campaign as finished; opening it again resumes it."""
        self.client.set_terminated(self.run_id)

    def _children(self) -> list[Any]:
        return list(
            self.client.search_runs([self.experiment_id], f"tags.`{PARENT}` = '{self.run_id}'")
        )

    def _kill_orphans(self) -> None:
        for child in self._children():
            if child.info.status == "RUNNING":
                self.client.set_terminated(child.info.run_id, status="KILLED")

    def _log_child(self, standing: Standing, row: Progress) -> None:
        tags = {ROLE: "round", ROUND: str(row.round), PARENT: self.run_id}
        tags[NOTE] = round_note(standing, row.round)
        child = self.client.create_run(
            self.experiment_id, tags=tags, run_name=f"round {row.round:02d}"
        )
        self._log_metrics(child.info.run_id, standing, row)
        self.client.set_terminated(child.info.run_id)

    def _log_metrics(self, run_id: str, standing: Standing, row: Progress) -> None:
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        shown = sorted(round_metrics(standing, row).items())
        metrics = [Metric(key, value, now, row.round) for key, value in shown]
        self.client.log_batch(run_id, metrics=metrics)

    def _seed_view(self, standing: Standing) -> None:
        """Keep a view of the charts beside the experiment, for the link of `charts_page`."""
        if standing.progress:
            last = standing.progress[-1]
            seeded = view(sorted(round_metrics(standing, last)), last.round)
            self.client.set_experiment_tag(self.experiment_id, TAG, seeded)

    def _log_picture(self, standing: Standing, number: int) -> None:
        image = picture(standing, number)
        if image is not None:
            self.client.log_image(self.run_id, image, key="molecules", step=number)

    def _log_params(self, params: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        rows = [Param(key, value) for key, value in params.items()]
        for start in range(0, len(rows), BATCH):
            self.client.log_batch(self.run_id, params=rows[start : start + BATCH])

    def _log_changes(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """A param is written once; what a resumed run changed is kept beside it."""
        changed = {key: value for key, value in now.items() if before.get(key) != value}
        if changed:
            name = f"configuration/changed-{content_hash(changed)[:8]}.json"
            self.client.log_text(self.run_id, json.dumps(changed, indent=2), name)


def campaign_id(home: Path) -> str:
    """The campaign's identity, kept in its home: a new home is another campaign."""
    path = home / "campaign_id"
    if not path.exists():
        with replace_file(path) as partial:
            partial.write_text(uuid.uuid4().hex, encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _experiment(client: MlflowClient, name: str, artifacts: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name, artifact_location=artifacts, tags=KIND))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)
