import csv


def labels(folder, n=24):
    path = folder / "known labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["smiles", "quantity", "value", "std", "unit", "oracle", "status", "reason"])
        for length in range(1, n):
            table.writerow(
                ["C" * length + "O", "score", f"{length / n:.3f}", "0.01", "1", "score", "ok", ""]
            )
        table.writerow(["CCN", "score", "", "", "", "score", "crashed", "signal 11"])
    return path


def test_a_backtest_on_known_labels_gives_every_job_its_own_home(mine):
    code, text = mine.run(
        "-m",
        "do=simulate",
        f"do.file={labels(mine.folder)}",
        "seed=0,1",
        "rounds=3",
        "filters=open",
    )
    assert code == 0, text
    assert text.count("backtest filters=open") == 2
    assert "random order" in text
    homes = sorted((mine.home / "simulate").iterdir())
    assert len(homes) == 2
    for home in homes:
        with (home / "simulation.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [int(row["n_molecules"]) for row in rows] == [4, 8, 12]
        assert float(rows[-1]["best_score"]) > 0.7
    assert mine.calls() == []


def test_a_backtest_without_enough_labels_says_so(mine):
    code, text = mine.run("do=simulate", f"do.file={labels(mine.folder, 4)}", "filters=open")
    assert code == 1
    assert "two batches" in text
    assert "Traceback" not in text
