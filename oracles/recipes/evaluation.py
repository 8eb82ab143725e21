"""What a worker does with one molecule: the ground state, then one recipe after the other.

Every part is yielded as soon as it is known, so what came before a crash is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from molecules import Molecule
from oracles.base import Json, OracleError
from oracles.provenance import Stopwatch
from oracles.recipes.base import Recipe, Subject
from oracles.recipes.ground import GroundState, from_json, to_json
from oracles.recipes.packing import unpack


def evaluate(payload: Json) -> Iterator[Json]:
    """Yield one part for the ground state unless it is known, and one for each recipe.

    Args:
        payload: `smiles`, `seed`, `ground` (packed GroundState), `known` (its earlier result or
            None), `recipes` (name -> packed recipe) and `references` (name -> its reference).

    Yields:
        {ground, spent}, then {recipe, spent} and an Answered's fields, or {status, reason}.

    Raises:
        OracleError: the molecule has no ground state, so no recipe has an answer.
    """
    stopwatch = Stopwatch()
    molecule = Molecule.from_smiles(payload["smiles"])
    seed: int = payload["seed"]
    if payload["known"] is None:
        ground: GroundState = unpack(payload["ground"])
        conformers = ground.relax(molecule, seed)
        yield {"ground": to_json(conformers), "spent": stopwatch.read()}
    else:
        conformers = from_json(payload["known"])
    subject = Subject(molecule, conformers, seed)
    for name, packed in payload["recipes"].items():
        recipe: Recipe = unpack(packed)
        try:
            answered = recipe.answer(subject, payload["references"].get(name))
        except OracleError as error:
            outcome: Json = {"status": error.status, "reason": error.reason}
        else:
            outcome = asdict(answered)
        yield {"recipe": name, **outcome, "spent": stopwatch.read()}


def refer(payload: Json) -> Iterator[Json]:
    """Yield what a recipe compares every molecule with: {reference}.

    Args:
        payload: `recipe` (packed) and `seed`.
    """
    recipe: Recipe = unpack(payload["recipe"])
    yield {"reference": recipe.reference(payload["seed"])}
