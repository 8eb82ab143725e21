import random
import signal
import time
from collections import Counter

from molecules.store import Store


def test_a_users_campaign_runs_resumes_and_reports(mine):
    code, text = mine.run("rounds=2")
    assert code == 0, text
    assert "report:" in text
    assert len(mine.exported()) == 8
    code, text = mine.run("rounds=2")
    assert code == 0
    assert "finished" in text and "rounds=" in text
    code, text = mine.run("rounds=3")
    assert code == 0, text
    rows = mine.exported()
    assert len(rows) == 12
    assert Counter(row["status"] for row in rows) == {"ok": 12}
    for name in ("report.html", "report.md", "candidates.csv", "rounds.csv"):
        assert (mine.home / "report" / name).stat().st_size > 100
    header = (mine.home / "report" / "candidates.csv").read_text(encoding="utf-8").splitlines()[0]
    assert (
        header
        == "rank,smiles,inchikey,source,round,score,pareto,score_value,score_std,score_oracle"
    )
    code, text = mine.run("do=status")
    assert code == 0
    assert "3 finished rounds" in text


def labelled(mine):
    """SMILES of the committed labels."""
    if not (mine.home / "store.db").exists():
        return set()
    store = Store.open(mine.home / "store.db", create=False)
    known = {r.outcome.molecule.smiles for r in store.records()}
    store.close()
    return known


def test_kill_9_at_random_moments_loses_no_label_and_computes_none_twice(mine):
    generator = random.Random(3)
    committed: set[str] = set()
    frozen: Counter[str] = Counter()
    for _ in range(5):
        process = mine.start("rounds=6")
        target = len(mine.calls()) + generator.randint(1, 4)
        while len(mine.calls()) < target and process.poll() is None:
            time.sleep(0.005)
        time.sleep(generator.choice([0.0, 0.01, 0.05, 0.3]))
        process.kill()
        process.communicate()
        time.sleep(1.0)  # orphaned workers notice within half a second
        assert committed <= labelled(mine)
        assert all(Counter(mine.calls())[smiles] == n for smiles, n in frozen.items())
        committed = labelled(mine)
        frozen = Counter({smiles: Counter(mine.calls())[smiles] for smiles in committed})
    assert committed
    code, text = mine.run("rounds=6")
    assert code == 0, text
    rows = mine.exported()
    assert len(rows) == len({row["smiles"] for row in rows}) == 24
    assert all(Counter(mine.calls())[smiles] == n for smiles, n in frozen.items())


def test_the_same_seed_gives_the_same_labels_with_one_worker_and_with_two(mine):
    tables = []
    for name, count in (("one", 1), ("again", 1), ("two", 2)):
        code, text = mine.run("rounds=3", f"workers.count={count}", f"home={mine.folder / name}")
        assert code == 0, text
        code, text = mine.run(
            "do=export", f"home={mine.folder / name}", f"do.file={mine.folder / name}.csv"
        )
        assert code == 0, text
        lines = (mine.folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:]
        store = Store.open(mine.folder / name / "store.db")
        tables.append((sorted(",".join(line.split(",")[:5]) for line in lines), store.candidates()))
        store.close()
    assert tables[0] == tables[1] == tables[2]


BROKEN = """import ctypes, time

def polarity(smiles):
    if "N" in smiles:
        ctypes.string_at(0)
    if "S" in smiles or "s" in smiles or "P" in smiles:
        time.sleep(600)
    if smiles.count("O") % 2:
        raise ValueError("odd oxygens are not my business")
    return 0.5
"""


def test_molecules_that_crash_hang_or_raise_become_failures_and_the_campaign_goes_on(mine):
    (mine.folder / "conf" / "my_scores.py").write_text(BROKEN)
    code, text = mine.run("rounds=4", "oracles.score.timeout_s=3")
    assert code == 0, text
    rows = mine.exported()
    assert len(rows) == 16
    reasons = " | ".join(row["reason"] for row in rows)
    statuses = Counter(row["status"] for row in rows)
    assert statuses["timeout"] and statuses["crashed"] and statuses["ok"], statuses
    assert "odd oxygens" in reasons
    assert all(row["value"] == "" for row in rows if row["status"] != "ok")


def test_labels_of_changed_settings_are_announced(mine):
    assert mine.run("rounds=1")[0] == 0
    function = mine.folder / "conf" / "my_scores.py"
    function.write_text(function.read_text().replace("/ 30", "/ 40"))
    code, text = mine.run("rounds=2")
    assert code == 0 and "different settings: score (2)" in text


def test_ctrl_c_stops_with_130_and_the_same_command_resumes(mine):
    process = mine.start("rounds=50")
    deadline = time.monotonic() + 120
    while len(mine.calls()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 130, text
    assert "Traceback" not in text
    code, text = mine.run("rounds=2")
    assert code == 0, text
