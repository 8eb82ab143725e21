"""The bench in the loop, by its commands: suggest, fill in, import, rank anew, withdraw."""

import csv
import re
import sys
import time
from contextlib import closing

import openpyxl
import pytest

from loop.command import run_command
from molecules import Label, Molecule, Pending
from molecules.store import Store

LIFETIME = """
    lifetime: {quantity: lifetime_ratio, kind: maximize, low: -0.3, high: 1.0, tier: lab}
"""
LABORATORY = ("+oracle@oracles.lab=zn_cells", "generators.gflownet=null")


class Bench:
    """A computed campaign, the commands of its laboratory, and a person who fills in sheets."""

    def __init__(self, mine, monkeypatch, capsys):
        self.mine, self._monkeypatch, self._capsys = mine, monkeypatch, capsys

    def __call__(self, *arguments):
        given = self.mine.arguments(*LABORATORY, *arguments)
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["loop", *given])
            patch.setattr(sys, "path", list(sys.path))
            patch.chdir(self.mine.folder)
            code = run_command()
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def store(self):
        return closing(Store.open(self.mine.home / "store.db", create=False))

    def records(self):
        with self.store() as store:
            return store.records()

    def candidates(self):
        code, _, err = self("do=report")
        assert code == 0, err
        with (self.mine.home / "report" / "candidates.csv").open(encoding="utf-8") as file:
            return {row["smiles"]: row for row in csv.DictReader(file)}

    def ranking(self):
        return {smiles: int(row["rank"]) for smiles, row in self.candidates().items()}

    def sheet(self, name="R001"):
        path = self.mine.home / "lab" / f"results-{name}.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def save(self, rows, name):
        path = self.mine.folder / name
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        return path


@pytest.fixture
def bench(mine, monkeypatch, capsys):
    campaign = mine.folder / "conf" / "campaign" / "mine.yaml"
    mine.write(campaign.read_text(encoding="utf-8").rstrip() + LIFETIME)
    return Bench(mine, monkeypatch, capsys)


@pytest.fixture
def computed(bench):
    code, out, err = bench("rounds=3")
    assert code == 0, (out, err)
    return bench


def filled_in(rows, hours):
    """The sheet with a lifetime for every cell: controls 100 h, additives by candidate."""
    for row in rows:
        wobble = 4.0 * int(row["replicate"])
        base = 100.0 if row["is_control"] == "1" else hours[row["candidate_id"]]
        row |= {"lifetime_h": f"{base + wobble:g}", "censored": "0", "end_reason": "hard_short"}
    return rows


def lab_labels(records):
    return [r for r in records if isinstance(r.outcome, Label) and r.outcome.oracle == "lab"]


def test_the_story_of_a_campaign_with_a_bench(computed):
    bench = computed
    first = bench.ranking()
    code, out, err = bench("do=suggest", "do.n=4")
    assert code == 0, err
    pending = [r.outcome for r in bench.records() if isinstance(r.outcome, Pending)]
    assert len({o.molecule for o in pending}) == 4
    assert [o.request[:6] for o in pending] == [f"R001-{i}" for i in (1, 2, 3, 4)]
    asked = {o.request[:6]: o.molecule.smiles for o in pending}

    # Two doses of four molecules and the controls, but only the first dose of each was built: 12
    # cells and 3 controls. One cell shorted softly, one still runs, one has a unit nobody knows.
    rows = [r for r in bench.sheet() if r["is_control"] == "1" or "a-" in r["cell_id"]]
    assert len(rows) == 15
    hours = {"R001-1": 40.0, "R001-2": 45.0, "R001-3": 50.0, "R001-4": 700.0}
    rows = filled_in(rows, hours)
    by_cell = {row["cell_id"]: row for row in rows}
    by_cell["R001-1a-1"] |= {"end_reason": "soft_short", "soft_short_onset_h": "30"}
    by_cell["R001-4a-2"] |= {"censored": "1", "end_reason": "running"}
    by_cell["R001-2a-3"]["conc_unit"] = "mol%"
    path = bench.save(rows, "march.csv")

    code, out, err = bench("do=import", f"do.file={path}")
    assert code == 0, err
    line = 2 + rows.index(by_cell["R001-2a-3"])
    assert re.search(rf"rejected +row {line}, conc_unit: got 'mol%', expected", out)
    assert "dry run" in out
    assert not lab_labels(bench.records())
    with bench.store() as store:
        assert not store.bench.cells()

    code, out, err = bench("do=import", f"do.file={path}", "do.commit=true")
    assert code == 0, err
    labels = lab_labels(bench.records())
    assert len(labels) == 11, out
    shorted = next(r.outcome for r in labels if ("cell", "R001-1a-1") in r.outcome.conditions)
    assert shorted.value == pytest.approx(-0.556, abs=0.01)  # log10(30 / 108), not (44 / 108)
    running = next(r.outcome for r in labels if ("cell", "R001-4a-2") in r.outcome.conditions)
    assert running.censored
    before = bench.records()
    code, out, err = bench("do=import", f"do.file={path}", "do.commit=true")
    assert code == 0, err
    assert "no change" in out
    assert bench.records() == before

    # The bench has moved the ranking where its labels point.
    ranked = bench.ranking()
    assert ranked[asked["R001-4"]] == 1
    for candidate in ("R001-1", "R001-2", "R001-3"):
        assert ranked[asked[candidate]] > ranked[asked["R001-4"]]

    # Its report tells the two parts of every score, and how the cells ended.
    page = (bench.mine.home / "report" / "report.html").read_text(encoding="utf-8")
    best = re.search(r"The laboratory has tested 4 molecules. Best of them is ([^:]+): (.+)", page)
    assert asked["R001-4"] in best[1]
    assert "lifetime ratio is 6.6 at" in best[2]
    assert "(median of 3 cells, 1 of them bounds; 1 is that of cells without additive)" in best[2]
    assert "rank 1." in best[2]
    assert "3 of 3 cells failed (2 hard short, 1 soft short)" in page
    assert "2 of 3 cells failed (2 hard short)" in page
    assert "No batch has come after the first" in page
    told = bench.candidates()[asked["R001-4"]]
    C, L, a = (
        float(told[key]) for key in ("computed_score", "laboratory_score", "laboratory_share")
    )
    assert 0.3 < a <= 0.8
    assert float(told["score"]) == pytest.approx(C ** (1 - a) * L**a, abs=1e-6)

    # The same molecules are not asked again, and the next sheet is the second one.
    code, out, err = bench("do=suggest", "do.n=2")
    assert code == 0, err
    again = [r.outcome for r in bench.records() if isinstance(r.outcome, Pending)][4:]
    assert [o.request[:6] for o in again] == ["R002-1", "R002-2"]
    assert not {o.molecule.smiles for o in again} & set(asked.values())

    # The next round believes it as well: its candidates are chosen with the labels.
    code, out, err = bench("rounds=4")
    assert code == 0, (out, err)

    # Withdrawn labels move the ranking back.
    code, out, err = bench("do=withdraw")
    assert code == 0, err
    wrong = [r for r in lab_labels(bench.records()) if r.outcome.molecule.smiles == asked["R001-4"]]
    for record in wrong:
        assert f"{record.id}  " in out
        code, _, err = bench("do=withdraw", f"do.label={record.id}", "do.reason='wrong bottle'")
        assert code == 0, err
    back = bench.candidates()[asked["R001-4"]]
    assert float(back["score"]) < float(told["score"])
    assert float(back["laboratory_share"]) < a / 2
    assert float(back["computed_score"]) == C
    # Where its place was lost to one that was never asked about, that one was better before, too.
    above = {s for s, rank in bench.ranking().items() if rank < int(back["rank"])} & set(first)
    assert all(first[s] < first[asked["R001-4"]] for s in above - set(asked.values()))


def test_a_withdrawn_label_stays_away_when_its_cell_is_imported_again(computed):
    bench = computed
    bench("do=suggest", "do.n=1")
    path = bench.save(filled_in(bench.sheet(), {"R001-1": 200.0}), "a.csv")
    bench("do=import", f"do.file={path}", "do.commit=true")
    record = lab_labels(bench.records())[0]
    bench("do=withdraw", f"do.label={record.id}", "do.reason=leaked")
    code, out, _ = bench("do=import", f"do.file={path}", "do.commit=true")
    assert code == 0
    assert "no change" in out
    assert record.id not in {r.id for r in bench.records()}


def test_a_withdrawn_control_recomputes_what_was_compared_with_it(computed):
    bench = computed
    bench("do=suggest", "do.n=1")
    rows = filled_in(bench.sheet(), {"R001-1": 200.0})
    rows[0]["lifetime_h"] = "500"  # of three controls, so that the median moves without it
    rows[1]["lifetime_h"] = "400"
    path = bench.save(rows, "a.csv")
    bench("do=import", f"do.file={path}", "do.commit=true")
    first = {dict(r.outcome.conditions)["cell"]: r.outcome for r in lab_labels(bench.records())}
    code, out, err = bench(
        "do=withdraw", f"do.cell={rows[0]['cell_id']}", "do.reason='short from the start'"
    )
    assert code == 0, err
    second = {dict(r.outcome.conditions)["cell"]: r.outcome for r in lab_labels(bench.records())}
    assert second.keys() == first.keys()
    assert all(second[cell].value > first[cell].value for cell in second)
    # The same sheet does not bring the cell back, a corrected one does.
    code, out, _ = bench("do=import", f"do.file={path}", "do.commit=true")
    assert "no change" in out
    assert "short from the start" in out
    rows[0]["lifetime_h"] = "104"
    path = bench.save(rows, "b.csv")
    code, out, _ = bench("do=import", f"do.file={path}", "do.commit=true")
    assert "committed: 1 cells, 6 labels" in out


WAITS = """
def patient(smiles):
    hold = os.path.join(os.path.dirname(__file__), "hold")
    while os.path.exists(hold):
        time.sleep(0.05)
    return polarity(smiles)
"""
"""An oracle that answers once the test allows it to."""


def test_an_import_while_a_run_goes_on_loses_nothing(mine, bench):
    folder = mine.folder / "conf"
    hold = folder / "hold"
    # A module of its own, for Python loads a module of one name once for all tests.
    (folder / "patient_scores.py").write_text((folder / "my_scores.py").read_text() + WAITS)
    patient = ("oracles.score.function=patient_scores:patient", "oracles.score.timeout_s=300")
    code, out, err = bench("rounds=1", *patient)
    assert code == 0, (out, err)
    bench("do=suggest", "do.n=2")
    rows = filled_in(bench.sheet(), {"R001-1": 50.0, "R001-2": 800.0})
    path = bench.save(rows, "march.csv")
    hold.touch()
    process = mine.start(*LABORATORY, *patient, "rounds=4", "batch=6")
    try:
        deadline = time.monotonic() + 120
        while n_rounds(bench) < 2 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert n_rounds(bench) == 2, process.kill() or process.communicate()[0]
        code, out, err = bench("do=import", f"do.file={path}", "do.commit=true", *patient)
        assert code == 0, err
        hold.unlink()
        text, _ = process.communicate(timeout=240)
    finally:
        hold.unlink(missing_ok=True)
        process.kill()
        process.wait()
    assert process.returncode == 0, text
    assert len(lab_labels(bench.records())) == 12
    with bench.store() as store:
        rounds = store.rounds()
        assert [r.finished is not None for r in rounds] == [True] * 4
        chosen = [c.molecule for _, c in store.candidates()]
        assert len(chosen) == 4 + 3 * 6
        # The round that was under way did not know the import; those after it believed it.
        assert [r.metrics.get("laboratory/labels", 0) for r in rounds] == [0, 0, 12, 12]


def n_rounds(bench):
    with bench.store() as store:
        return len({number for number, _ in store.candidates()})


def test_what_a_person_vetoes_is_never_asked_and_what_he_adds_is_asked_first(computed):
    bench = computed
    code, _, err = bench("do=suggest", "do.n=1")
    assert code == 0, err
    code, _, err = bench("do=suggest", "do.n=2", "do.veto=R001-1", "do.reason='it smells'",
                         "do.add=OCC(O)CO")  # fmt: skip
    assert code == 0, err
    pending = [r.outcome for r in bench.records() if isinstance(r.outcome, Pending)]
    assert pending[1].molecule == Molecule.from_smiles("OCC(O)CO")
    assert "it smells" in pending[1].request
    assert pending[0].molecule not in {o.molecule for o in pending[1:]}
    code, _, err = bench("do=suggest", "do.veto=OCCO")
    assert code == 1
    assert "do.reason" in err


def test_the_request_sheet_says_all_that_a_person_needs(computed):
    bench = computed
    catalogue = bench.mine.folder / "catalogue.csv"
    catalogue.write_text("cas,smiles,supplier,price\n56-81-5,OCC(O)CO,Daejung,20000 KRW\n")
    code, _, err = bench("do=suggest", "do.n=2", "do.add=OCC(O)CO", "do.reason='as a check'",
                         f"catalogue={catalogue}")  # fmt: skip
    assert code == 0, err
    book = openpyxl.load_workbook(bench.mine.home / "lab" / "request-R001.xlsx")
    sheet = book["request"]
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, [cell.value for cell in sheet[2]], strict=True))
    assert row["smiles"] == "OCC(O)CO"
    assert row["availability"] == "Daejung, 20000 KRW"
    assert float(row["molar_mass_g_mol"]) == pytest.approx(92.094, abs=0.002)
    assert row["dose_1"] == "0.01 M = 0.921 mg/mL"
    assert row["dose_2"] == "0.1 M = 9.21 mg/mL"
    assert row["inchikey"] == "PEDCQBHIVMGVHV-UHFFFAOYSA-N"
    assert row["base_electrolyte"] == "2 M ZnSO4 in water"
    assert "data sheet" in row["hazards"]
    assert row["control_cells"] == 3
    assert len(sheet._images) == 2
    other = dict(zip(header, [cell.value for cell in sheet[3]], strict=True))
    assert other["availability"] == "not in the catalogue"
    # The second worksheet is a results sheet that imports as it is once it is filled in.
    filled = bench.sheet()
    assert len(filled) == 3 + 2 * 2 * 3


def test_without_a_catalogue_availability_is_unknown(computed):
    computed("do=suggest", "do.n=1")
    text = (computed.mine.home / "lab" / "request-R001.csv").read_text(encoding="utf-8-sig")
    assert "availability unknown" in text


def test_a_campaign_without_a_laboratory_says_how_to_get_one(mine):
    code, text = mine.run("do=suggest")
    assert code == 1
    assert "oracles.lab" in text


def test_the_template_is_written_and_reads_back(bench, tmp_path):
    code, out, err = bench("do=import", f"do.template={tmp_path / '결과.xlsx'}")
    assert code == 0, err
    assert (tmp_path / "결과.xlsx").stat().st_size > 4000
    code, out, err = bench("do=import", f"do.file={tmp_path / '결과.xlsx'}")
    assert code == 0, (out, err)
    assert "0 rows rejected" in out


def test_reported_lifetimes_are_a_source_of_their_own(computed):
    bench = computed
    path = bench.mine.folder / "reported.csv"
    path.write_text(
        "row_id,smiles,lifetime_ratio,lifetime_op\nA1,OCC(O)CO,9.8,=\nA2,*CCO*,5,=\n",
        encoding="utf-8",
    )
    arguments = ("do=import", f"do.file={path}", "do.literature=true")
    code, out, err = bench(*arguments)
    assert code == 0, err
    assert "dry run" in out
    code, out, err = bench(*arguments, "do.commit=true")
    assert code == 0, err
    (label,) = [r.outcome for r in bench.records() if r.outcome.oracle == "literature"]
    assert label.std > 0.3
    code, out, err = bench(*arguments, "do.commit=true")
    assert "no change" in out
    assert bench("do=status")[0] == 0


def test_what_others_reported_may_still_be_tested_here(computed):
    bench = computed
    smiles = next(iter(bench.ranking()))
    path = bench.mine.folder / "reported.csv"
    path.write_text(f"row_id,smiles,lifetime_ratio\nA1,{smiles},9.8\n", encoding="utf-8")
    code, _, err = bench("do=import", f"do.file={path}", "do.literature=true", "do.commit=true")
    assert code == 0, err
    (reported,) = [r.outcome for r in bench.records() if r.outcome.oracle == "literature"]
    code, _, err = bench("do=suggest", "do.n=1000")
    assert code == 0, err
    pending = {r.outcome.molecule for r in bench.records() if isinstance(r.outcome, Pending)}
    assert reported.molecule in pending


def test_a_corrected_cell_counts_though_its_label_was_withdrawn(computed):
    bench = computed
    bench("do=suggest", "do.n=1")
    rows = filled_in(bench.sheet(), {"R001-1": 200.0})
    cell = rows[-1]["cell_id"]
    bench("do=import", f"do.file={bench.save(rows, 'a.csv')}", "do.commit=true")
    number = next(
        r.id for r in lab_labels(bench.records()) if ("cell", cell) in r.outcome.conditions
    )
    bench("do=withdraw", f"do.label={number}", "do.reason='wrong hours'")
    bench("do=withdraw", f"do.cell={cell}", "do.reason='wrong hours'")
    rows[-1]["lifetime_h"] = "400"
    path = bench.save(rows, "b.csv")
    code, out, err = bench("do=import", f"do.file={path}", "do.commit=true")
    assert "committed: 1 cells" in out, err
    assert cell in {dict(r.outcome.conditions)["cell"] for r in lab_labels(bench.records())}


def test_a_veto_and_a_label_are_of_every_form_of_a_molecule(computed):
    bench = computed
    code, out, err = bench("do=suggest", "do.n=1", "pool.ph=4.5", "do.add=NCCN", "do.reason=a")
    assert code == 0, err
    asked = [r.outcome.molecule.smiles for r in bench.records() if isinstance(r.outcome, Pending)]
    assert asked == ["[NH3+]CC[NH3+]"]
    code, out, err = bench("do=suggest", "do.n=1", "pool.ph=4.5", "do.add=NCC[NH3+]", "do.reason=a")
    assert "waits for the laboratory already" in out, err
    rows = filled_in(bench.sheet(), {"R001-1": 200.0})
    for row in rows:
        row |= {"candidate_id": "", "inchikey": "", "counterion": ""}
        row["smiles"] = "NCCN" if row["smiles"] else ""
    path = bench.save(rows, "a.csv")
    code, out, err = bench("do=import", f"do.file={path}", "pool.ph=4.5", "do.commit=true")
    assert code == 0, err
    assert {r.outcome.molecule.smiles for r in lab_labels(bench.records())} == {"[NH3+]CC[NH3+]"}
    assert "NCCN is [NH3+]CC[NH3+] in the electrolyte" in out


def test_a_cell_that_still_ran_is_replaced_when_it_has_ended(computed):
    bench = computed
    bench("do=suggest", "do.n=1")
    rows = filled_in(bench.sheet(), {"R001-1": 200.0})
    rows[-1] |= {"censored": "1", "end_reason": "running"}
    cell = rows[-1]["cell_id"]
    bench("do=import", f"do.file={bench.save(rows, 'a.csv')}", "do.commit=true")

    def label():
        (found,) = (
            r.outcome for r in lab_labels(bench.records()) if ("cell", cell) in r.outcome.conditions
        )
        return found

    assert label().censored
    rows[-1] |= {"censored": "0", "end_reason": "hard_short", "lifetime_h": "900"}
    path = bench.save(rows, "b.csv")
    code, out, err = bench("do=import", f"do.file={path}", "do.commit=true")
    assert "do.replace" in out and label().censored
    code, out, err = bench("do=import", f"do.file={path}", "do.replace=has ended", "do.commit=true")
    assert code == 0, err
    assert "replaces" in out and "committed: 1 cells" in out
    assert not label().censored and label().value > 0.8
    code, out, err = bench("do=import", f"do.file={path}", "do.replace=has ended", "do.commit=true")
    assert "no change" in out
    with bench.store() as store:
        ((name, content, reason),) = store.bench.withdrawn_cells()
    assert (name, reason) == (cell, "replaced: has ended")


def test_a_computed_label_is_not_withdrawn_by_a_slip(computed):
    bench = computed
    number = next(r.id for r in bench.records() if isinstance(r.outcome, Label))
    code, _, err = bench("do=withdraw", f"do.label={number}", "do.reason=slip")
    assert code == 1 and "label of the laboratory" in err
    assert number in {r.id for r in bench.records()}
