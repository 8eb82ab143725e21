"""Conditional exchange: binding a metal ion at a pH, where a ligand may first have to lose protons.

LH(+) -> L + H+ costs RT ln10 (pKa - pH) a proton (molecules.protonation), and
dE(pH) = min over forms L of dE(exchange of L) + cost of L from the form present at that pH.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from molecules import VOCABULARY, Quantity
from molecules.protonation import BindingForm, binding_forms
from oracles.base import Json, OracleError
from oracles.recipes.base import Answered, Subject
from oracles.recipes.exchange import Exchange
from oracles.recipes.ground import GroundState

RAW = "zn_exchange_energy"
CONDITIONAL = "zn_exchange_energy_conditional"


@dataclass(frozen=True)
class ConditionalExchange:
    """The exchange energy of a ligand as it is drawn, and at a pH whatever is drawn, kcal/mol.

    A neutral amine binds well and is not there at pH 4.5: the ammonium ion is, and to bind by its
    nitrogen it pays for the proton. The form as drawn is computed once for both quantities.
    """

    exchange: Exchange
    ground: GroundState
    """Relaxes the forms that are not the one drawn."""
    ph: float = 4.5
    max_forms: int = 3

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """zn_exchange_energy, zn_exchange_energy_conditional."""
        return (VOCABULARY[RAW], VOCABULARY[CONDITIONAL])

    @property
    def method(self) -> str:
        """Level of theory, search and pH."""
        return f"{self.exchange.method}; conditional: at pH {self.ph:g}"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.exchange.version

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water."""
        return self.exchange.reference(seed)

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError where neither the molecule nor a form of it has an energy.

        A form that has none is left out, and the details say why.
        """
        forms = binding_forms(subject.molecule, self.ph, self.max_forms)
        drawn = self._tried(subject, reference)
        found = [self._answer_of(form, subject, drawn, reference) for form in forms]
        records = [_record(form, answer) for form, answer in zip(forms, found, strict=True)]
        bound = [
            (answer.values[RAW][0] + form.cost_kcal, _error(form, answer))
            for form, answer in zip(forms, found, strict=True)
            if isinstance(answer, Answered)
        ]
        if isinstance(drawn, OracleError):
            if not bound:
                raise drawn
            refused = {RAW: (str(drawn.status), drawn.reason)}
            return Answered({CONDITIONAL: min(bound)}, {"forms": records}, refused)
        details = {**drawn.details, "forms": records}
        if not bound:
            first = next(answer for answer in found if isinstance(answer, OracleError))
            refused = {CONDITIONAL: (str(first.status), first.reason)}
            return Answered(drawn.values, details, refused)
        return Answered({**drawn.values, CONDITIONAL: min(bound)}, details)

    def _answer_of(
        self,
        form: BindingForm,
        subject: Subject,
        drawn: Answered | OracleError,
        reference: Json | None,
    ) -> Answered | OracleError:
        if form.molecule == subject.molecule:
            return drawn
        try:
            conformers = self.ground.relax(form.molecule, subject.seed)
        except OracleError as error:
            return error
        return self._tried(Subject(form.molecule, conformers, subject.seed), reference)

    def _tried(self, subject: Subject, reference: Json | None) -> Answered | OracleError:
        try:
            return self.exchange.answer(subject, reference)
        except OracleError as error:
            return error


def _error(form: BindingForm, answer: Answered) -> float:
    return math.hypot(answer.values[RAW][1], form.cost_error_kcal)


def _record(form: BindingForm, answer: Answered | OracleError) -> Json:
    """One form for the details: what it costs, and what it binds with or why it does not."""
    energy = (
        {"energy": answer.values[RAW][0], "complex": answer.details["complex"]}
        if isinstance(answer, Answered)
        else {"status": str(answer.status), "reason": answer.reason}
    )
    return {
        "smiles": form.molecule.smiles,
        "cost": form.cost_kcal,
        "cost_error": form.cost_error_kcal,
        "lost": [f"{s.group}: pKa {s.pka.value:.2f} ({s.pka.source})" for s in form.lost],
        **energy,
    }
