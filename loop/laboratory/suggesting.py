"""do=suggest: the next molecules for the bench, as a request sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from omegaconf import DictConfig

from loop.build import build_bench, opened
from loop.current import current
from loop.entry import Entry
from loop.home import prepare
from loop.laboratory.bench import Bench
from loop.laboratory.catalogue import Catalogue, read_catalogue, skeleton
from loop.laboratory.choosing import Choice, choose
from loop.laboratory.hazards import hazards
from loop.laboratory.intake import Form
from loop.laboratory.purchase import Purchase, of_substance, purchase
from loop.laboratory.request import Asked, molecule_of, next_number
from loop.laboratory.request_sheet import request_row, write_request
from loop.laboratory.turns import one_at_a_time
from loop.making import CampaignError, make
from loop.pool import PoolSize
from loop.standing import Standing
from molecules import Molecule
from molecules.bench import VETO, WISH, Decision
from molecules.filters import Filters
from molecules.library import Library
from molecules.rows import Record
from molecules.store import Store
from molecules.text_table import columns
from oracles.lab.stereo import stereo_of

FOLDER = "lab"
UNKNOWN = "availability unknown"
OPEN_STEREO = "its stereo is open: note which isomers the bottle holds"


def suggest(cfg: DictConfig) -> None:
    """Choose molecules for the laboratory, write the request sheet and remember the requests."""
    bench = require_bench(cfg)
    if not bench.goals:
        raise CampaignError(
            "got no goal for the laboratory, expected one in the campaign's file, such as "
            "lifetime: {quantity: lifetime_ratio, kind: maximize, low: -0.3, high: 1.0}"
        )
    if cfg.do.n < 1:
        raise CampaignError(f"got do.n={cfg.do.n}, expected 1 or more molecules")
    catalogue = read_catalogue(Path(cfg.catalogue)) if cfg.catalogue else None
    prepare(Path(cfg.home))
    with one_at_a_time(Path(cfg.home)), opened(cfg, create=False) as store:
        wished = _decide(cfg, store)
        where = current(cfg, store)
        records = store.records()
        bench = where.bench or bench
        cas, names = _numbers(cfg)
        decisions = store.bench.decisions()
        vetoed = {m for m, d in decisions.items() if d.kind == VETO}
        kept_out = {skeleton(m) for m in vetoed}
        pending = [m for m in where.requests if skeleton(m) not in kept_out]
        # by its own cells: what papers report is worth a test
        tested = {one.molecule for _, one in bench.labels(records) if one.oracle == bench.name}
        for molecule in [m for m in wished if m in pending]:
            print(f"note: {molecule} waits for the laboratory already ({where.requests[molecule]})")
        mine = [m for m in wished if m not in pending]
        # whatever form it is drawn in, one substance is tested once and a veto is of all its forms
        settled = kept_out | {skeleton(m) for m in (*tested, *mine, *pending)}
        excluded = {e.molecule for e in where.entries if skeleton(e.molecule) in settled}
        chosen = [_wish(bench, where, m) for m in mine]
        chosen += choose(
            bench,
            where.entries,
            cfg.do.n - len(chosen),
            pending,
            excluded,
            catalogue,
            cas,
            cfg.seed,
        )
        if not chosen:
            raise CampaignError(
                "got no molecule to suggest, expected some with a computed score that are not "
                "vetoed, waiting or tested; run more rounds, or name one with do.add=SMILES"
            )
        filters: Filters = make(cfg.filters, "filters")
        number = next_number(records)
        asked = [
            _asked(f"R{number:03d}-{i}", one, decisions, catalogue, cas, names, filters)
            for i, one in enumerate(chosen, 1)
        ]
        files = write_request(asked, bench.laboratory, Path(cfg.home) / FOLDER)
        for one in asked:
            store.add(bench.laboratory.request(one.molecule, one.text), source="suggest")
    for remark in catalogue.remarks if catalogue else ():
        print(f"warning: {remark}")
    _show(asked, bench)
    print("\nrequest sheet:  " + "\nas csv:         ".join(map(str, files[:2])))
    print(f"fill in:        {files[2]}")
    print("then:           do=import do.file=THAT FILE, first without do.commit=true: a dry run")


def require_bench(cfg: DictConfig) -> Bench:
    """The campaign's laboratory.

    Raises:
        CampaignError: it has none.
    """
    bench = build_bench(cfg)
    if bench is None:
        raise CampaignError(
            "this campaign has no laboratory; add one on the command line with "
            "+oracle@oracles.lab=zn_cells, or in the campaign's defaults"
        )
    return bench


def _decide(cfg: DictConfig, store: Store) -> list[Molecule]:
    """Keep what the person vetoes and adds, with the reason; return what was added."""
    records, form = store.records(), form_of(cfg)
    vetoes, wishes = (_named(cfg.do[key], records, form) for key in ("veto", "add"))
    if (vetoes or wishes) and not str(cfg.do.reason or "").strip():
        raise CampaignError(
            "got do.veto or do.add without a reason, expected do.reason='...': who reads the "
            "record later wants to know why"
        )
    both = set(vetoes) & set(wishes)
    if both:
        raise CampaignError(
            f"got {', '.join(sorted(m.smiles for m in both))} in do.veto and in do.add, expected "
            "a molecule in one of them"
        )
    reason = str(cfg.do.reason or "").strip()
    store.bench.decide(
        [Decision(m, VETO, reason) for m in vetoes] + [Decision(m, WISH, reason) for m in wishes]
    )
    return wishes


def form_of(cfg: DictConfig) -> Form:
    """The form of molecules that the campaign asks about, by the pH of its pool."""
    return PoolSize(ph=cfg.pool.ph).form


def _named(value: object, records: Sequence[Record], form: Form) -> list[Molecule]:
    """Molecules by SMILES or by the candidate of an earlier request, separated by blanks."""
    texts = str(value).split() if value else []
    return [molecule_of(text, records) or form(Molecule.from_smiles(text)) for text in texts]


def _wish(bench: Bench, where: Standing, molecule: Molecule) -> Choice:
    """What a person wants tested, whether or not the campaign has asked about it."""
    entries = {entry.molecule: entry for entry in where.entries}
    entry = entries.get(molecule) or Entry(0, molecule, "", "", None, None, False, {}, {}, {})
    return Choice(entry, bench.doses_for(entry.tested), 0.0)


def _asked(
    candidate_id: str,
    choice: Choice,
    decisions: Mapping[Molecule, Decision],
    catalogue: Catalogue | None,
    cas: Mapping[str, str],
    names: Mapping[str, str],
    filters: Filters,
) -> Asked:
    entry = choice.entry
    molecule = entry.molecule
    number = cas.get(molecule.smiles, "")
    bought, availability = _buy(molecule, number, catalogue)
    decision = decisions.get(molecule)
    wish = ""
    if decision is not None and decision.kind == WISH:
        wish = f"asked for by a person: {decision.reason}; "
    stereo = stereo_of(molecule.smiles)
    remark = f"; {OPEN_STEREO}" if stereo.n_compounds > 1 or stereo.is_racemic else ""
    return Asked(
        candidate_id=candidate_id,
        molecule=molecule,
        name=entry.name or names.get(molecule.smiles, ""),
        cas=number,
        purchase=bought,
        doses=choice.doses,
        why=wish + _why(choice) + remark,
        hazards=tuple(hazards(molecule, Molecule(bought.smiles))),
        alerts=tuple(filters.alerts(molecule)),
        availability=availability,
        computed=entry.computed or 0.0,
        score=entry.score or 0.0,
    )


def _buy(molecule: Molecule, cas: str, catalogue: Catalogue | None) -> tuple[Purchase, str]:
    """The substance to weigh, and where it is offered; never inferred from the structure."""
    offer = catalogue.offer(molecule, cas) if catalogue else None
    if offer is None:
        return purchase(molecule), UNKNOWN if catalogue is None else "not in the catalogue"
    where = ", ".join(text for text in (offer.supplier, offer.price) if text) or "in the catalogue"
    if not offer.smiles:
        return purchase(molecule), where
    return of_substance(offer.smiles, "as the catalogue offers it"), where


def _why(choice: Choice) -> str:
    entry = choice.entry
    if entry.computed is None:
        return "no computed score yet: do=ask gives one"
    parts = [f"rank {entry.rank}, computed score {entry.computed:.2f}"]
    if entry.tested is not None:
        parts.append(
            f"with the laboratory's share {entry.tested.trust:.0%} it is {entry.score:.2f}"
        )
    parts.append(
        "an audit of what is computed: the laboratory alone would choose it"
        if choice.is_audit
        else f"testing it should raise the best score of the tested molecules by {choice.gain:.3f}"
    )
    if entry.source:
        parts.append(f"found by {entry.source}" + (f", round {entry.round}" if entry.round else ""))
    return "; ".join(parts)


def _numbers(cfg: DictConfig) -> tuple[dict[str, str], dict[str, str]]:
    """CAS numbers and names by SMILES, of the starter library and of a file given as library."""
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for library in (Library.starter(), Library.of(cfg.library)):
        for column, into in zip(("cas", "name"), found, strict=True):
            if column in library.frame.columns:
                rows = library.frame.select("smiles", pl.col(column).cast(pl.String)).iter_rows()
                into.update({smiles: text for smiles, text in rows if text})
    return found


def _show(asked: Sequence[Asked], bench: Bench) -> None:
    keys = ("candidate_id", "name", "buy", "molar_mass_g_mol", "availability")
    rows = []
    for one in asked:
        row = request_row(one, bench.laboratory)
        doses = ", ".join(str(value) for key, value in row.items() if key.startswith("dose_"))
        rows.append([*(str(row[key])[:40] for key in keys), doses])
    print(columns(["candidate", "name", "buy", "g/mol", "availability", "doses"], rows))
    for one in asked:
        print(f"{one.candidate_id}: {one.why}")
