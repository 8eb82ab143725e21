"""Conditional exchange: binding a metal ion at a pH, where a ligand may first have to lose protons.

LH(+) -> L + H+ costs RT ln10 (pKa - pH) a proton (molecules.protonation), and
dE(pH) = min over forms L of dE(exchange of L) + cost of L from the form present at that pH,
where dE is the exchange energy, or the free energy where a recipe gives it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from molecules import VOCABULARY, Quantity, Status
from molecules.protonation import BindingForm, binding_forms, tables_version
from oracles.base import Json, OracleError
from oracles.recipes.base import CANNOT_BIND, Answered, Subject
from oracles.recipes.binding import Binding
from oracles.recipes.exchange import Exchange
from oracles.recipes.ground import GroundState


@dataclass(frozen=True)
class ConditionalExchange:
    """What a recipe answers of a ligand as it is drawn, and at a pH whatever is drawn, kcal/mol.

    A neutral amine binds well and is not there at pH 4.5: the ammonium ion is, and to bind by its
    nitrogen it pays for the proton. The form as drawn is computed once for all quantities.
    """

    exchange: Exchange | Binding
    ground: GroundState
    """Relaxes the forms that are not the one drawn."""
    ph: float = 4.5
    max_forms: int = 3
    raw: str = "zn_exchange_energy"
    """The quantity of the recipe that is made conditional; zn_exchange_free_energy of a Binding."""

    @property
    def conditional(self) -> str:
        """Name of the quantity at a pH."""
        return f"{self.raw}_conditional"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those of the recipe, and the one at a pH."""
        return (*self.exchange.quantities, VOCABULARY[self.conditional])

    @property
    def method(self) -> str:
        """Level of theory, search and pH."""
        return f"{self.exchange.method}; conditional: at pH {self.ph:g}"

    @property
    def version(self) -> str:
        """Programs and versions, and that of the pKa tables."""
        return f"{self.exchange.version}, pKa tables {tables_version()}"

    def reference(self, seed: int) -> Json:
        """Energies (eV) of the aqua ion and of water."""
        return self.exchange.reference(seed)

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError where neither the molecule nor a form of it has an energy.

        A form that cannot bind is left out, and the details say why. Where the calculation of one
        failed for another reason, the lowest is not known and the value is refused.
        """
        forms = binding_forms(subject.molecule, self.ph, self.max_forms)
        drawn = self._tried(subject, reference)
        found = [self._answer_of(form, subject, drawn, reference) for form in forms]
        pairs = list(zip(forms, found, strict=True))
        records = [self._record(form, answer) for form, answer in pairs]
        bound = [
            (value[0] + form.cost_kcal, math.hypot(value[1], form.cost_error_kcal))
            for form, answer in pairs
            if (value := self._value(answer)) is not None
        ]
        failures = [self._failure(a) for a in found if self._value(a) is None]
        unknown = [failure for failure in failures if failure[0] not in CANNOT_BIND]
        wrong = (unknown or failures)[:1] if unknown or not bound else []
        if isinstance(drawn, OracleError):
            if wrong:
                raise OracleError(Status(wrong[0][0]), wrong[0][1])
            failed = (str(drawn.status), drawn.reason)
            drawn = Answered(
                {}, {}, dict.fromkeys((q.name for q in self.exchange.quantities), failed)
            )
        details = {**drawn.details, "forms": records}
        if wrong:
            refused = {**drawn.refused, self.conditional: wrong[0]}
            return Answered(drawn.values, details, refused, drawn.calibrations)
        values = {**drawn.values, self.conditional: min(bound)}
        return Answered(values, details, drawn.refused, drawn.calibrations)

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

    def _value(self, answer: Answered | OracleError) -> tuple[float, float] | None:
        return answer.values.get(self.raw) if isinstance(answer, Answered) else None

    def _failure(self, answer: Answered | OracleError) -> tuple[str, str]:
        """Status and reason of an answer without the quantity."""
        if isinstance(answer, OracleError):
            return str(answer.status), answer.reason
        return answer.refused[self.raw]

    def _record(self, form: BindingForm, answer: Answered | OracleError) -> Json:
        """One form for the details: its cost, and what it binds with or why it does not."""
        if isinstance(answer, Answered) and self.raw in answer.values:
            energy: dict[str, object] = {"energy": answer.values[self.raw][0]}
            energy |= {k: answer.details[k] for k in ("complex",) if k in answer.details}
        else:
            status, reason = self._failure(answer)
            energy = {"status": status, "reason": reason}
        return {
            "smiles": form.molecule.smiles,
            "cost": form.cost_kcal,
            "cost_error": form.cost_error_kcal,
            "lost": [f"{s.group}: pKa {s.pka.value:.2f} ({s.pka.source})" for s in form.lost],
            **energy,
        }
