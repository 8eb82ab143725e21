"""MLflow as a copy of the store: complete, never doubled, never in the way."""

import json
import logging
import shutil
import socket

import pytest
import standings
from omegaconf import OmegaConf

from loop.campaign_run import campaign_id
from loop.dashboard import links, main
from loop.mlflow_record import VIEW, charts_page, connect, database, database_uri
from loop.projection import LONGEST_NOTE, campaign_note, picture, round_metrics
from loop.report import write_report
from loop.tracking import MlflowTracking, NoTracking

# MLflow's own queries, under SQLAlchemy 2.1.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"
)
PARAMS = {"seed": "0", "batch": "4"}


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A migrated database: making one takes seconds, copying it does not."""
    folder = tmp_path_factory.mktemp("mlflow")
    connect(database_uri(folder)).search_experiments()
    return database(folder)


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return standings.stand(tmp_path_factory.mktemp("campaign"))


@pytest.fixture
def home(tmp_path, template):
    """A home in a folder with spaces and Hangul, beside a fresh MLflow database."""
    home = tmp_path / "아연 전지" / "zinc"
    home.mkdir(parents=True)
    shutil.copy(template, database(home.parent))
    (home / "config-001.yaml").write_text("seed: 0\n")
    return home


def tracked(home, where, folder=None, params=PARAMS):
    """One process of a campaign, from start to finish."""
    tracking = MlflowTracking()
    tracking.start("zinc", home, params)
    tracking.log_round(where, None)
    tracking.finish(where, folder)
    return tracking


def runs(home):
    """The parent and its children, first round first."""
    client = connect(database_uri(home.parent))
    experiment = client.get_experiment_by_name("zinc")
    found = client.search_runs([experiment.experiment_id], order_by=["attributes.run_name"])
    parents = [run for run in found if run.data.tags["campaign.role"] == "campaign"]
    assert len(parents) == 1
    children = [run for run in found if run.data.tags["campaign.role"] == "round"]
    return client, parents[0], children


def test_campaign_is_a_run_and_every_round_a_child(home, where):
    tracked(home, where)
    client, parent, children = runs(home)
    assert [child.data.tags["campaign.round"] for child in children] == ["1", "2", "3"]
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
    assert parent.data.params == PARAMS
    history = client.get_metric_history(parent.info.run_id, "best/score")
    assert [m.step for m in history] == [1, 2, 3]
    assert [m.value for m in history] == [row.best_score for row in where.progress]
    assert children[1].data.metrics == pytest.approx(round_metrics(where, where.progress[1]))


def test_resumed_campaign_adds_what_is_missing_and_doubles_nothing(home, where):
    tracked(home, standings.until(where, 1))
    tracked(home, standings.until(where, 2))
    tracked(home, where)
    tracked(home, where)
    client, parent, children = runs(home)
    assert len(children) == 3
    for name in parent.data.metrics:
        steps = [m.step for m in client.get_metric_history(parent.info.run_id, name)]
        assert steps == [1, 2, 3][-len(steps) :], name
    images = client.list_artifacts(parent.info.run_id, "images")
    assert len([file for file in images if file.path.endswith(".png")]) == 3


def test_rounds_of_a_killed_process_are_completed(home, where):
    tracked(home, standings.until(where, 2))
    client, parent, _ = runs(home)
    tags = {
        "campaign.role": "round",
        "campaign.round": "3",
        "mlflow.parentRunId": parent.info.run_id,
    }
    orphan = client.create_run(parent.info.experiment_id, tags=tags, run_name="round 03")
    tracked(home, where)
    _, _, children = runs(home)
    status = {child.info.run_id: child.info.status for child in children}
    assert status.pop(orphan.info.run_id) == "KILLED"
    assert list(status.values()) == ["FINISHED"] * 3


def test_deleted_database_is_filled_again(home, template, where):
    tracked(home, standings.until(where, 2))
    database(home.parent).unlink()
    other = home.parent.parent / "moved" / home.name
    shutil.copytree(home.parent, other.parent)
    shutil.copy(template, database(other.parent))
    tracked(other, where)
    client, parent, children = runs(other)
    assert len(children) == 3
    assert len(client.get_metric_history(parent.info.run_id, "pareto/hypervolume")) == 3


def test_new_home_of_the_same_name_is_another_run(home, where):
    tracked(home, where)
    first = campaign_id(home)
    shutil.rmtree(home)
    home.mkdir()
    tracked(home, standings.until(where, 1))
    assert campaign_id(home) != first
    client = connect(database_uri(home.parent))
    experiment = client.get_experiment_by_name("zinc")
    found = client.search_runs([experiment.experiment_id], "tags.`campaign.role` = 'campaign'")
    assert len(found) == 2


def test_report_configuration_pictures_and_note_are_attached(home, where, tmp_path):
    write_report(where, tmp_path / "report")
    tracked(home, where, tmp_path / "report")
    client, parent, _ = runs(home)
    files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert {"report.html", "report.md", "candidates.csv", "rounds.csv", "latest"} <= files
    kept = client.list_artifacts(parent.info.run_id, "configuration")
    assert [file.path for file in kept] == ["configuration/config-001.yaml"]
    assert parent.info.artifact_uri.startswith(f"{(home.parent / 'mlruns').as_uri()}/")
    note = parent.data.tags["mlflow.note.content"]
    assert f"run_uuid={parent.info.run_id}" in note
    assert "| 1 | glycine" in note


def test_changed_settings_of_a_resumed_campaign_are_kept_beside_the_first(home, where):
    tracked(home, where)
    tracked(home, where, params={**PARAMS, "batch": "6"})
    client, parent, _ = runs(home)
    assert parent.data.params == PARAMS
    (changed,) = [
        file.path
        for file in client.list_artifacts(parent.info.run_id, "configuration")
        if file.path.endswith(".json")
    ]
    path = client.download_artifacts(parent.info.run_id, changed)
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == {"batch": "6"}


def test_what_is_not_finite_is_left_out(where):
    row = standings.replace(
        where.progress[0], metrics={"surrogate/nll": float("nan"), "a b//../c?": 1.0}
    )
    metrics = round_metrics(where, row)
    assert "surrogate/nll" not in metrics
    assert metrics["a b/c_"] == 1.0


def test_campaign_without_scores_is_recorded(home):
    tracked(home, standings.empty())
    _, parent, children = runs(home)
    assert children == []
    assert "No molecule has been asked about yet" in parent.data.tags["mlflow.note.content"]
    assert picture(standings.empty(), 1) is None


def test_note_of_any_campaign_fits(where):
    long = tuple(standings.replace(e, name="x" * 900) for e in where.entries)
    note = campaign_note(standings.replace(where, entries=long), "a" * 32, "/#/charts")
    assert len(note) <= LONGEST_NOTE


def test_unreachable_server_costs_one_warning_and_nothing_else(home, where, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{closed.getsockname()[1]}"
    tracking = MlflowTracking(uri=uri)
    with caplog.at_level(logging.INFO, logger="loop"):
        tracking.start("zinc", home, PARAMS)
        tracking.log_round(where, None)
        tracking.finish(where, None)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "\n" not in caplog.records[0].message
    assert uri in caplog.records[0].message
    assert tracking.link() == "not recorded"


def test_damaged_database_costs_one_warning(home, where, caplog):
    database(home.parent).write_bytes(b"this is not a database" * 100)
    with caplog.at_level(logging.WARNING, logger="loop"):
        tracked(home, where)
    assert len(caplog.records) == 1


def test_link_leads_to_the_run_and_says_how_to_open_it(home, where):
    link = tracked(home, where).link()
    _, parent, _ = runs(home)
    assert f"/runs/{parent.info.run_id}?workflowType=machine_learning" in link
    assert "make dashboard" in link
    assert any(parent.info.run_id in line for line in links(home.parent, 5000))


def test_charts_have_a_view_that_is_kept_with_the_experiment(home, where):
    tracked(home, where)
    client, parent, _ = runs(home)
    kept = client.get_experiment(parent.info.experiment_id).tags[f"mlflow.sharedViewState.{VIEW}"]
    state = json.loads(kept)
    sections = {section["uuid"] for section in state["compareRunSections"]}
    images = [chart for chart in state["compareRunCharts"] if chart["type"] == "IMAGE"]
    lines = [chart for chart in state["compareRunCharts"] if chart["type"] == "LINE"]
    assert {chart["metricSectionId"] for chart in state["compareRunCharts"]} == sections
    assert [(chart["imageKeys"], chart["step"]) for chart in images] == [(["molecules"], 3)]
    shown = {name for chart in lines for name in chart["selectedMetricKeys"]}
    assert shown <= set(parent.data.metrics)
    assert "health/calibration/coverage_90 xtb library" in shown
    address = charts_page("", parent.info.experiment_id)
    assert f"viewStateShareKey={VIEW}" in address
    assert address in parent.data.tags["mlflow.note.content"]
    assert any(address in line for line in links(home.parent, 5000))


def test_health_of_a_round_is_that_of_its_end(home, where):
    tracked(home, standings.until(where, 1))
    tracked(home, where)
    client, parent, _ = runs(home)
    name = "health/calibration/coverage_90 xtb library"
    assert len(client.get_metric_history(parent.info.run_id, name)) == 3
    early = round_metrics(where, where.progress[0])
    assert early[name] == 1.0
    assert "health/gain_over_start mean" not in early
    assert "health/gain_over_start mean" in round_metrics(where, where.progress[2])


def test_dashboard_without_a_record_says_what_to_do(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert "run a campaign first" in capsys.readouterr().err


def test_dashboard_on_a_port_in_use_says_what_to_do(home, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main([str(home.parent), "--port", str(taken.getsockname()[1])]) == 1
    assert "in use" in capsys.readouterr().err


def test_no_tracking_writes_nothing(tmp_path, where):
    tracking = NoTracking()
    tracking.start("zinc", tmp_path, PARAMS)
    tracking.log_round(where, None)
    tracking.finish(where, None)
    assert tracking.link() == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["mlflow", "none"])
def test_every_option_names_a_tracking(option):
    from hydra.utils import instantiate

    from conf import __path__ as folders

    built = instantiate(OmegaConf.load(f"{folders[0]}/tracking/{option}.yaml"))
    assert isinstance(built, MlflowTracking | NoTracking)
