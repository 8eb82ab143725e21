"""Protonation against the shipped data: what changes, by which group, and why.

    python experiments/protonation.py [--zinc zn2_logK1_309.csv] > experiments/protonation.md

The shipped forms are dimorphite-dl's; ours follow molecules/protonation. The Zn2+ set is read by
path and only aggregates of it are printed.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from tqdm import tqdm

from molecules import Molecule
from molecules.library import Library, additive_table
from molecules.protonation import Form, Step, binding_forms, deprotonated_ligand, form_at
from molecules.protonation.groups import read_table
from molecules.protonation.measured import plain_name
from molecules.protonation.parent import neutral_parent
from molecules.protonation.titration import modelled_sites

PH = 4.5
NEAR = 0.5
"""A step is near the pH within this many pKa units or the pKa's own error."""
REMARKS = {
    "no listed group": "N-protonated enamines, amino-azoles, S-N, B-N and P-N: not bases of water",
    "imidate": "dimorphite-dl has no such base; pKa 5.8 +- 1.5, hydrolysed in acid",
    "weak aromatic nitrogen": "five-rings of several heteroatoms, far weaker than its 4.35",
    "imidazolium": "6.95 instead of 4.35; those that lose carry C=O, CN, NO2 or a fused azine",
    "carboxylic acid": "alkyl acids have 4.8, dimorphite-dl's mean is 3.46: the pH lies between",
    "diazinium": "pyrimidinones and pyridazines, 1-3; those that gain carry two amino groups",
    "triazinium": "amino groups decide: triazine 0.3, melamine 5.0",
    "pyridinium": "5.2 instead of 4.35; those that lose carry halogen, C=O, CN",
    "anilinium": "4.6 instead of 3.9; those that lose carry C=O, SO2, NO2",
    "pyrazolium": "2.5 instead of 4.35",
    "oxazolium": "0.8 instead of 4.35",
    "thiazolium": "2.5 instead of 4.35",
    "triazolium": "1.2-2.4 instead of 4.35",
    "phosphonic acid": "acids that are in the library as drawn",
    "phosphoric acid": "acids that are in the library as drawn",
    "alkylammonium": "gains: acids as drawn; loses: geminal N or O, CN, CF3, SO3",
    "diarylammonium": "0.8",
    "amino acid ammonium": "additives as drawn",
    "amino acid carboxyl": "additives as drawn",
}
"""Why the two differ, found by looking at a sample of each class."""
FEWEST = 10
"""Steps of a class below which it is counted among the others."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zinc", type=Path, help="zn2_logK1_309.csv, columns SMILES and suspect")
    zinc: Path | None = parser.parse_args().zinc
    print(f"# Protonation at pH {PH}: made by `python experiments/protonation.py --zinc FILE`\n")
    measured_constants()
    additives()
    library()
    if zinc is not None:
        ligands(zinc)


def measured_constants() -> None:
    """How far the rules are from the table of measured values that overrides them."""
    known: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in read_table("pka.csv"):
        known[row["smiles"]][row["group"]].append(float(row["pka"]))
    gaps, errors = [], []
    for smiles, groups in known.items():
        modelled = modelled_sites(neutral_parent(Molecule.from_smiles(smiles).rdkit))
        for group, pkas in groups.items():
            same = [site for site in modelled if plain_name(site.group) == group]
            same = same[: len(pkas)] if same[0].kind == "acid" else same[-len(pkas) :]
            gaps += [abs(s.pka.value - p) for s, p in zip(same, sorted(pkas), strict=True)]
            errors += [site.pka.error for site in same]
    gap, error = np.array(gaps), np.array(errors)
    print("## Rules against the recalled experimental values\n")
    print("The rules were written with these values in view: a check of consistency, not a test.\n")
    print("| compounds | constants | mean abs. difference | median | within 1 error | within 2 |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {len(known)} | {len(gap)} | {gap.mean():.2f} | {np.median(gap):.2f} | "
        f"{(gap < error).mean():.0%} | {(gap < 2 * error).mean():.0%} |\n"
    )


def additives() -> None:
    """Every sourced additive whose form at the pH is not the shipped one."""
    table = additive_table().filter(pl.col("is_polymer") == 0)
    rows = []
    for name, drawn, shipped in table.select("name", "drawn", "smiles").iter_rows():
        form = form_at(Molecule(drawn), PH)
        if form.molecule.smiles != shipped:
            rows.append(f"| {name} | `{shipped}` | `{form.molecule}` | {deciding(shipped)} |")
    print("## zib_additives.csv: the form of `drawn` against the shipped `smiles`\n")
    print(f"{table.height} molecules, {table.height - len(rows)} the same, {len(rows)} not:\n")
    print("| additive | shipped | here | what decides, from the shipped form |\n|---|---|---|---|")
    print("\n".join(rows) + "\n")


def deciding(shipped: str) -> str:
    """The steps from the shipped form to ours, in words."""
    return "; ".join(map(str, form_at(Molecule.from_smiles(shipped), PH).steps))


def library() -> None:
    """Steps that the starter library's species take, by group."""
    starter = Library.starter()
    steps: list[Step] = []
    n_changed = n_present = n_present_changed = n_moving = 0
    pairs = list(zip(starter.molecules, starter.frame["source"], strict=True))
    for molecule, source in tqdm(pairs, desc="library", unit=" species", mininterval=10):
        form = form_at(molecule, PH)
        is_changed = form.molecule != molecule
        is_derived = source.endswith("-pH4.5")
        n_changed += is_changed
        n_present += is_derived
        n_present_changed += is_changed and is_derived
        n_moving += form_at(form.molecule, PH).molecule != form.molecule
        steps += form.steps
    print("## The starter library: species that change at the pH at which they were made\n")
    print(
        f"{n_changed} of {len(pairs)} species change ({n_present_changed} of the {n_present} that "
        f"dimorphite-dl protonated for pH {PH}); {n_moving} change again when asked twice.\n"
    )
    print_steps(steps)


def print_steps(steps: Iterable[Step]) -> None:
    count: Counter[tuple[str, str]] = Counter()
    near: Counter[tuple[str, str]] = Counter()
    for step in steps:
        group = "no listed group" if step.site is None else step.site.group
        key = (group, "gains" if step.n_protons > 0 else "loses")
        count[key] += 1
        pka = None if step.site is None else step.site.pka
        near[key] += pka is not None and abs(pka.value - PH) <= max(pka.error, NEAR)
    print("| group | proton | steps | of them near the pH | why |\n|---|---|---|---|---|")
    rare = [key for key, n in count.items() if n < FEWEST]
    for key, n in count.most_common():
        if n >= FEWEST:
            print(f"| {key[0]} | {key[1]} | {n} | {near[key]} | {REMARKS.get(key[0], '')} |")
    n_rare, n_near = sum(count[k] for k in rare), sum(near[k] for k in rare)
    print(f"| {len(rare)} rarer classes | | {n_rare} | {n_near} | |\n")


def ligands(path: Path) -> None:
    """Aggregates over the ligands of the experimental Zn2+ constants."""
    frame = pl.read_csv(path).filter(~pl.col("suspect"), pl.col("logK1").is_not_null())
    drawn = [Molecule.from_smiles(smiles) for smiles in frame["SMILES"]]
    bare = [deprotonated_ligand(molecule) for molecule in drawn]
    forms = [form_at(molecule, PH) for molecule in drawn]
    n_bare = sum(b != d for b, d in zip(bare, drawn, strict=True))
    n_form = sum(form.molecule != form.drawn for form in forms)
    n_differ = sum(form.molecule != b for form, b in zip(forms, bare, strict=True))
    print("## Ligands of the experimental Zn2+ constants (log K1 not suspect)\n")
    print(
        f"{len(drawn)} ligands: {n_bare} change from what is drawn to the deprotonated ligand, "
        f"{n_form} to the form at pH {PH}; for {n_differ} those two differ.\n"
    )
    print(f"| charge | as drawn | deprotonated | at pH {PH} |\n|---|---|---|---|")
    counts = [Counter(m.charge for m in column) for column in (drawn, bare, present(forms))]
    for charge in sorted(set().union(*counts)):
        print(f"| {charge:+d} | " + " | ".join(str(column[charge]) for column in counts) + " |")
    print_costs(drawn)


def present(forms: Sequence[Form]) -> list[Molecule]:
    """The molecules of the forms."""
    return [form.molecule for form in forms]


def print_costs(drawn: Sequence[Molecule]) -> None:
    """What the first proton costs at the pH."""
    first = [forms[1] for molecule in drawn if len(forms := binding_forms(molecule, PH, 2)) > 1]
    cost = np.array([form.cost_kcal for form in first])
    error = np.array([form.cost_error_kcal for form in first])
    low, middle, high = np.percentile(cost, [10, 50, 90])
    print(
        f"\nOf {len(drawn)} ligands {len(first)} can give up a proton to bind at pH {PH}: "
        f"the first costs {middle:.1f} kcal/mol (median; 10 % below {low:.1f}, 10 % above "
        f"{high:.1f}), with an error of {np.median(error):.1f} (median)."
    )


if __name__ == "__main__":
    main()
