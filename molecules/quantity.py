"""Quantity and the vocabulary: every name, unit, sign and meaning used anywhere, once."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Quantity:
    """A named, signed number with a unit that an oracle can answer about a molecule."""

    name: str
    unit: str
    meaning: str = field(default="", compare=False)
    """Formula, sign and reference state in one line."""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(
                f"got quantity name {self.name!r}, expected letters, digits and _ such as 'homo'"
            )


VOCABULARY: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            "homo",
            "eV",
            "highest occupied orbital energy in ALPB water; higher = easier to oxidise",
        ),
        Quantity(
            "lumo", "eV", "lowest unoccupied orbital energy in ALPB water; lower = easier to reduce"
        ),
        Quantity("gap", "eV", "lumo - homo, positive"),
        Quantity("dipole", "D", "magnitude of the electric dipole moment in ALPB water"),
        Quantity(
            "hydration_free_energy",
            "kcal/mol",
            "G(solution) - G(gas) of a neutral, same geometry, 1 M / 1 M; negative = hydrophilic",
        ),
        Quantity(
            "hydration_free_energy_corrected",
            "kcal/mol",
            "hydration_free_energy by a linear calibration on Henry's law constants, same sign",
        ),
        Quantity(
            "hydration_per_heavy_atom",
            "kcal/mol",
            "hydration_free_energy / number of heavy atoms: liking for water whatever the size",
        ),
        Quantity(
            "zn_exchange_energy",
            "kcal/mol",
            "E[Zn(H2O)5 L] + E[H2O] - E[Zn(H2O)6] - E[L] in ALPB water; negative = L beats water",
        ),
        Quantity(
            "zn_exchange_energy_conditional",
            "kcal/mol",
            "lowest over forms L of zn_exchange_energy + RT ln10 (pKa - pH) of every proton lost",
        ),
        Quantity(
            "zn_chelate_energy",
            "kcal/mol",
            "E[Zn(H2O)(6-n) L] + n E[H2O] - E[Zn(H2O)6] - E[L] in ALPB water, n donors of L bound",
        ),
        Quantity(
            "zn_exchange_free_energy",
            "kcal/mol",
            "free energy of L in place of n waters of Zn(H2O)6 (1 M, water 55.5 M), lowest over n; "
            "negative = bound",
        ),
        Quantity(
            "zn_exchange_free_energy_conditional",
            "kcal/mol",
            "lowest over forms L of zn_exchange_free_energy + RT ln10 (pKa - pH) a proton lost",
        ),
        Quantity(
            "zn_exchange_energy_corrected",
            "kcal/mol",
            "-RT ln K1 of Zn2+ and L in water by a calibration of zn_exchange_free_energy",
        ),
        Quantity(
            "vertical_reduction_energy",
            "eV",
            "E(N+1) - E(N) in ALPB water at the ground geometry; lower = easier to reduce",
        ),
        Quantity(
            "adiabatic_reduction_energy",
            "eV",
            "E(N+1) relaxed - E(N) in ALPB water; lower = easier to reduce, fragments included",
        ),
        Quantity(
            "vertical_oxidation_energy",
            "eV",
            "E(N-1) - E(N) in ALPB water at the ground geometry; higher = harder to oxidise",
        ),
        Quantity(
            "adiabatic_oxidation_energy",
            "eV",
            "E(N-1) relaxed - E(N) in ALPB water; higher = harder to oxidise, fragments included",
        ),
        Quantity(
            "reduction_irreversible",
            "1",
            "1 where a bond breaks or forms without a barrier once an electron is added, else 0",
        ),
        Quantity(
            "oxidation_irreversible",
            "1",
            "1 where a bond breaks or forms without a barrier once an electron is taken, else 0",
        ),
        Quantity(
            "reduction_potential",
            "V",
            "of the couple L/L-, vs SHE, in water, by a linear calibration; lower = resists it",
        ),
        Quantity(
            "reduction_potential_vs_zn",
            "V",
            "reduction_potential + 0.762: against Zn2+/Zn; below 0 = survives at the zinc metal",
        ),
        Quantity(
            "oxidation_potential",
            "V",
            "of the couple L+/L, vs SHE, in water, by a linear calibration; higher = resists it",
        ),
        Quantity(
            "oxidation_potential_vs_zn",
            "V",
            "oxidation_potential + 0.762: against Zn2+/Zn; higher = survives at the cathode",
        ),
        Quantity(
            "polarizability",
            "bohr^3",
            "trace of d dipole / d field over 3, static, gas phase; positive",
        ),
        # Of the laboratory alone: against the controls of the same batch under the same conditions.
        Quantity(
            "lifetime_ratio",
            "log10",
            "log10(lifetime of a cell / Kaplan-Meier median lifetime of its controls); > 0 = helps",
        ),
        Quantity(
            "coulombic_efficiency",
            "log10",
            "log10[(1 - CE of the controls) / (1 - CE)], CE as a fraction; > 0 = helps",
        ),
        Quantity(
            "hydrogen_rate", "log10", "log10(hydrogen rate / that of the controls); < 0 = helps"
        ),
        Quantity(
            "corrosion",
            "log10",
            "log10(corrosion current / that of the controls); < 0 = helps",
        ),
        Quantity(
            "overpotential",
            "log10",
            "log10(overpotential / that of the controls); < 0 = helps",
        ),
        # Of databases alone: what no oracle of ours answers. Their level of theory, phase and
        # reference electrode are in the method of each value.
        Quantity("total_energy", "eV", "electronic energy, to be compared within one method only"),
        Quantity("zero_point_energy", "eV", "of the harmonic vibrations, positive"),
        Quantity("internal_energy", "eV", "absolute, 298.15 K, within one method only"),
        Quantity("enthalpy", "eV", "absolute, 298.15 K, within one method only"),
        Quantity("free_energy", "eV", "absolute, 298.15 K and 1 atm, within one method only"),
        Quantity("heat_capacity", "J/(mol K)", "at constant volume, 298.15 K"),
        Quantity("spatial_extent", "bohr^2", "expectation of r^2 over the electron density"),
        Quantity("ionization_energy", "eV", "E(L+) - E(L); higher = harder to oxidise"),
        Quantity("electron_affinity", "eV", "E(L) - E(L-); higher = easier to reduce"),
        Quantity("reduction_potential_vs_li", "V", "of L/L- against Li+/Li; lower = resists it"),
        Quantity("oxidation_potential_vs_li", "V", "of L+/L against Li+/Li; higher = resists it"),
        Quantity("reduction_potential_vs_mg", "V", "of L/L- against Mg2+/Mg; lower = resists it"),
        Quantity("oxidation_potential_vs_mg", "V", "of L+/L against Mg2+/Mg; higher = resists it"),
        Quantity("logp", "1", "log10 P(octanol/water) as the source gives it"),
        Quantity("tpsa", "angstrom^2", "topological polar surface as the source gives it"),
        Quantity("melting_point", "K", "at 1 atm"),
        Quantity("boiling_point", "K", "at 1 atm"),
        Quantity("triple_point_temperature", "K", "where solid, liquid and gas meet"),
        Quantity("triple_point_pressure", "Pa", "where solid, liquid and gas meet"),
        Quantity("critical_temperature", "K", "of the pure compound"),
        Quantity("critical_pressure", "Pa", "of the pure compound"),
        Quantity("critical_volume", "m^3/mol", "of the pure compound"),
        Quantity(
            "formation_enthalpy", "kJ/mol", "from the elements, 298.15 K, phase as the method"
        ),
        Quantity("standard_entropy", "J/(mol K)", "absolute, 298.15 K, phase as the method says"),
        Quantity("fusion_enthalpy", "kJ/mol", "solid to liquid, positive"),
        Quantity("vaporization_enthalpy", "kJ/mol", "liquid to gas, positive"),
        Quantity("sublimation_enthalpy", "kJ/mol", "solid to gas, positive"),
        Quantity("clogp", "1", "Crippen log10 P(octanol/water) of the neutral parent"),
        Quantity("tpsa_per_heavy_atom", "angstrom^2", "topological polar surface per heavy atom"),
        Quantity("hydrogen_bonding", "1", "hydrogen-bond donors + acceptors"),
        Quantity("heavy_atoms", "1", "number of atoms other than hydrogen"),
        Quantity("molar_mass", "g/mol", "average molar mass"),
        Quantity(
            "sa_score", "1", "synthetic accessibility, 1 = easy, 10 = hard (10.1186/1758-2946-1-8)"
        ),
        Quantity(
            "log_solubility",
            "log10(mol/L)",
            "in water; where computed, by ESOL for the neutral parent (10.1021/ci034243x)",
        ),
    )
}

BENCH = ("lifetime_ratio", "coulombic_efficiency", "hydrogen_rate", "corrosion", "overpotential")
"""Quantities that only a laboratory answers; its goals are scored apart from the computed ones."""
