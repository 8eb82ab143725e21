"""The ground state: the relaxed conformers of a molecule that serve every recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ase import Atoms

from molecules import Molecule, Status
from molecules.geometry import GeometryError, conformers, with_hydrogens
from oracles.base import Json, OracleError
from oracles.engines.base import Engine, Optimised, Species
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.trial import try_each


@dataclass(frozen=True)
class GroundState:
    """ETKDGv3 conformers, each relaxed.

    Every species, charged or not, is relaxed by the engine as it is given, so the engine should
    have a solvent: in the gas phase a zwitterion hands its proton over.
    """

    engine: Engine
    n_conformers: int = 8
    fmax: float = 0.02
    """eV/angstrom."""
    steps: int = 400

    @property
    def method(self) -> str:
        """Protocol in words."""
        return f"{self.engine.name} geometry, best of {self.n_conformers} conformers"

    def relax(self, molecule: Molecule, seed: int) -> tuple[Optimised, ...]:
        """Relaxed conformers, lowest energy first, at least one.

        One that fails, as where its self-consistency is not reached, is left out.

        Raises:
            OracleError: unsupported, nothing converged, or every conformer changed its bonds.
        """
        starts = self._starts(molecule, seed)
        found = try_each(lambda start: self.engine.optimise(start, self.fmax, self.steps), starts)
        intact = [
            after
            for k, after in found.items()
            if has_same_bonds(starts[k].atoms, after.species.atoms)
        ]
        if not intact:
            raise OracleError(
                Status.REARRANGED, f"all {len(found)} relaxed conformers changed their bonds"
            )
        converged = [o for o in intact if o.has_converged]
        if not converged:
            worst = min(o.largest_force for o in intact)
            raise OracleError(
                Status.NOT_CONVERGED,
                f"forces of {worst:.3f} eV/angstrom after {self.steps} steps, "
                f"expected below {self.fmax}",
            )
        return tuple(sorted(converged, key=lambda o: o.energy_ev))

    def _starts(self, molecule: Molecule, seed: int) -> list[Species]:
        try:
            found = conformers(molecule, self.n_conformers, seed=seed)
        except GeometryError as error:
            raise OracleError(Status.UNSUPPORTED, str(error)) from error
        unpaired = sum(a.GetNumRadicalElectrons() for a in with_hydrogens(molecule).GetAtoms())
        return [Species(atoms, molecule.charge, unpaired) for atoms in found]


def to_json(found: Sequence[Optimised]) -> Json:
    """Relaxed conformers of one species as JSON; lengths in angstrom, energies in eV."""
    first = found[0].species
    return {
        "numbers": first.atoms.numbers.tolist(),
        "charge": first.charge,
        "unpaired": first.unpaired,
        **{k: v for k, v in first.atoms.info.items() if isinstance(v, str)},
        "conformers": [
            {
                "positions": o.species.atoms.positions.tolist(),
                "energy_ev": o.energy_ev,
                "largest_force": o.largest_force,
                "steps": o.steps,
            }
            for o in found
        ],
    }


def from_json(content: Json) -> tuple[Optimised, ...]:
    """What `to_json` was given."""
    return tuple(
        Optimised(
            Species(
                Atoms(content["numbers"], conformer["positions"]),
                content["charge"],
                content["unpaired"],
            ),
            conformer["energy_ev"],
            conformer["largest_force"],
            conformer["steps"],
            has_converged=True,
        )
        for conformer in content["conformers"]
    )
