"""Standings of real molecules, computed from a real store, for the tests of what is shown of them."""

from dataclasses import replace
from pathlib import Path

from loop.objective import Goal, Objective
from loop.standing import Standing, standing
from loop.tiers import Tiers
from molecules import VOCABULARY, Candidate, Failure, Label, Molecule, Provenance, Status
from molecules.store import Store
from oracles.function import FunctionOracle

# Zn2+ exchange energies, GFN2/ALPB, kcal/mol: measured with the project's protocol, see the docs
# of the exchange recipe.
EXCHANGE = {
    "imidazole": ("c1c[nH]cn1", -7.4),
    "ammonia": ("N", -6.8),
    "glycine": ("[NH3+]CC(=O)[O-]", -6.3),
    "urea": ("NC(N)=O", -3.6),
    "DMSO": ("CS(C)=O", -2.6),
    "sulfolane": ("C1CCS(=O)(=O)C1", -2.5),
    "glycerol": ("OCC(O)CO", -2.4),
    "triethyl phosphate": ("CCOP(=O)(OCC)OCC", -0.9),
    "pyridine": ("c1ccncc1", -0.6),
    "acetonitrile": ("CC#N", 0.0),
    "acetone": ("CC(C)=O", 2.3),
    "thiourea": ("NC(N)=S", 2.5),
}
ION = Molecule.from_smiles("C[N+](C)(C)C")
HOSTILE = '<script>alert("1")</script> | `x` & =1+1'
PER_ROUND = 4

GOALS = {
    "exchange": Goal(
        "exchange", "window", -6.5, -5.5, softness=2.5, weight=2.0, quantity="zn_exchange_energy"
    ),
    "log_solubility": Goal("log_solubility", "maximize", -2.5, 1.5),
    "size": Goal("size", "minimize", 3.0, 24.0, weight=0.5, quantity="heavy_atoms"),
    "clogp": Goal("clogp", "at_most", high=2.3, softness=0.5, role="constraint"),
}
PROVENANCE = Provenance(
    method="GFN2-xTB/ALPB(water)",
    settings_hash="a1b2",
    versions="tblite 0.4.0",
    seed=0,
    host="bench",
    started="2026-01-31T09:15:00+00:00",
    seconds=30.0,
)


def empty() -> Standing:
    """A campaign that has not begun."""
    return Standing("nothing yet", "inert", Objective(GOALS).goals, (), (), {})


def fill(store: Store, n_rounds: int) -> None:
    """Record `n_rounds` rounds of four molecules; the last also meets an ion without an answer."""
    molecules = [(Molecule.from_smiles(smiles), value) for smiles, value in EXCHANGE.values()]
    for number in range(1, n_rounds + 1):
        batch = molecules[PER_ROUND * (number - 1) : PER_ROUND * number]
        parents = (Molecule.from_smiles("NC=O"), Molecule.from_smiles("CCO"))
        candidates = [
            Candidate(
                molecule,
                "xtb",
                0.5,
                {"zn_exchange_energy": value + 1.0},
                {"zn_exchange_energy": 1.5},
                source="library" if i % 2 else "genetic",
                parents=() if i % 2 else parents,
                why=f"largest expected gain {HOSTILE}",
            )
            for i, (molecule, value) in enumerate(batch)
        ]
        store.begin_round(number, candidates)
        for candidate, (molecule, value) in zip(candidates, batch, strict=True):
            quantity = VOCABULARY["zn_exchange_energy"]
            label = Label(molecule, quantity, value, 0.7, "xtb", provenance=PROVENANCE)
            store.add(label, number, candidate.source)
        metrics = {"own_seconds": 12.5, "oracle_seconds": 120.0, "generator/gflownet/valid": 0.93}
        store.note_round(number, {**metrics, "funnel": {"clogp": 30, HOSTILE: 2}})
    reason = f"no donor atom {HOSTILE}"
    store.add(Failure(ION, "xtb", Status.NOT_APPLICABLE, reason, "zn_exchange_energy", PROVENANCE))
    crashed = Molecule.from_smiles("FC(F)(F)C(=O)[O-]")
    store.add(Failure(crashed, "xtb", Status.CRASHED, reason, None, PROVENANCE))


def stand(folder: Path, n_rounds: int = 3) -> Standing:
    """Where a campaign of `n_rounds` rounds stands; its first molecule has a hostile name."""
    store = Store.open(folder / "store.db")
    fill(store, n_rounds)
    names = {Molecule.from_smiles(smiles).smiles: name for name, (smiles, _) in EXCHANGE.items()}
    names[Molecule.from_smiles("NC(N)=O").smiles] = HOSTILE
    found = standing("zinc <test>", Objective(GOALS), store, names)
    store.close()
    return found


def climb(store: Store) -> None:
    """Record a round of GFN2 and one of PBE0 about the same molecules, HOMO and dipole moment.

    The HOMOs lie 5 eV apart, and neither tier's order was predicted: the more is predicted, the
    less is answered. The first molecule was asked by hand below, so that only PBE0 chose it.
    """
    molecules = [Molecule.from_smiles(smiles) for smiles, _ in EXCHANGE.values()][:PER_ROUND]
    for number, (oracle, level) in enumerate((("xtb", -11.0), ("dft", -6.0)), 1):
        asked = molecules if number > 1 else molecules[1:]
        candidates = [
            Candidate(m, oracle, 0.5, {"homo": level - 0.1 * i}, {"homo": 0.3}, source="library")
            for i, m in enumerate(molecules)
            if m in asked
        ]
        store.begin_round(number, candidates)
        for i, molecule in enumerate(molecules):
            round = number if molecule in asked else None
            label = Label(molecule, VOCABULARY["homo"], level + 0.1 * i, 0.05, oracle)
            store.add(label, round, "library")
        store.note_round(number, {"own_seconds": 1.0, "oracle_seconds": 1.0})
    for oracle, dipole in (("dft", 3.0), ("xtb", 3.5)):  # the upper tier was the first to answer
        for molecule in molecules:
            store.add(Label(molecule, VOCABULARY["dipole"], dipole, 0.05, oracle), 2, "library")


def stand_on_two_tiers(folder: Path, scale: str = "xtb") -> Standing:
    """Where a campaign of two tiers stands whose goal is given on the `scale` of one of them."""
    goal = Goal("homo", "minimize", -12.0, -5.0, tier=scale)
    oracles = {}
    for tier, name in enumerate(("xtb", "dft"), 1):
        oracle = FunctionOracle("m:f", quantity="homo", unit="eV", cost=1.0, name=name, tier=tier)
        oracle.quantities = (VOCABULARY["homo"], VOCABULARY["dipole"])
        oracles[name] = oracle
    objective = Objective({"homo": goal})
    store = Store.open(folder / "tiers.db")
    climb(store)
    found = standing("two tiers", objective, store, tiers=Tiers.of(objective, oracles))
    store.close()
    return found


def until(where: Standing, number: int) -> Standing:
    """The same campaign as it stood at the end of an earlier round."""
    entries = tuple(e for e in where.entries if e.round is None or e.round <= number)
    progress = tuple(row for row in where.progress if row.round <= number)
    return replace(where, entries=entries, progress=progress)
