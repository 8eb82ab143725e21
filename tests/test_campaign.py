import os
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
    code, text = mine.run("do=status")
    assert code == 0
    assert "3 finished rounds" in text


def test_kill_9_at_random_moments_loses_no_label_and_computes_none_twice(mine):
    generator = random.Random(3)
    committed: set[str] = set()
    for _ in range(6):
        process = mine.start("rounds=4")
        time.sleep(generator.uniform(2.0, 10.0))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        before = Counter(mine.calls())
        path = mine.home / "store.db"
        if path.exists():
            store = Store.open(path, create=False)
            known = {r.outcome.molecule.smiles for r in store.records()}
            store.close()
            assert committed <= known
            committed = known
            frozen = {smiles: before[smiles] for smiles in committed}
    code, text = mine.run("rounds=4")
    assert code == 0, text
    rows = mine.exported()
    assert len(rows) == len({row["smiles"] for row in rows}) == 16
    after = Counter(mine.calls())
    assert all(after[smiles] == count for smiles, count in frozen.items())


def test_the_same_seed_gives_the_same_labels_with_one_worker_and_with_two(mine):
    tables = []
    for name, count in (("one", 1), ("again", 1), ("two", 2)):
        code, text = mine.run("rounds=3", f"workers.count={count}", f"home={mine.folder / name}")
        assert code == 0, text
        code, text = mine.run("do=export", f"home={mine.folder / name}", f"do.file={mine.folder / name}.csv")
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
    code, text = mine.run("rounds=4", "oracles.score.timeout_s=1")
    assert code == 0, text
    rows = mine.exported()
    assert len(rows) == 16
    reasons = " | ".join(row["reason"] for row in rows)
    statuses = Counter(row["status"] for row in rows)
    assert statuses["timeout"] and statuses["crashed"] and statuses["ok"], statuses
    assert "odd oxygens" in reasons
    assert all(row["value"] == "" for row in rows if row["status"] != "ok")


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
