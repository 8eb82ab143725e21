"""Train the prior that ships with the package: `python experiments/pretrain_prior.py`.

Reads the balanced corpus of `python experiments/starter_corpus.py`, enriches it with charged
species, trains on one thread, writes weights, vocabulary and metrics into generators/data.
Interrupted, it continues from its checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tqdm import tqdm

from generators.operators import charge
from generators.policy import SequencePolicy
from generators.prior import Prior
from generators.tokens import Vocabulary
from molecules import InvalidMoleculeError, Molecule
from molecules.filters import Filters

HERE = Path(__file__).parent
SHARES = {
    "quaternary": 0.04,
    "zwitterion": 0.08,
    "anion": 0.09,
    "enriched": 0.13,
    "phosphorus": 0.05,
    "boron, silicon": 0.03,
    "sulfur": 0.13,
    "halogen": 0.06,
    "cation": 0.07,
    "cation of qm9": 0.01,
    "neutral": 0.22,
    "neutral of qm9": 0.09,
}
"""Part of the training strings drawn from each kind; a molecule is of the first kind it fits."""
HELD_OUT = 50
"""Every so many corpus strings one is kept from training, for the held-out likelihood."""


def kind(smiles: str, source: str, charge_class: str) -> str:
    """Which of SHARES a corpus string belongs to."""
    tests = {
        "enriched": source == "enriched",
        "quaternary": any(token in smiles for token in ("[N+]", "[P+]", "[n+]", "[S+]"))
        and charge_class != "neutral",
        "zwitterion": charge_class == "zwitterion",
        "anion": charge_class == "anion",
        "phosphorus": "P" in smiles,
        "boron, silicon": "B" in smiles.replace("Br", "") or "Si" in smiles,
        "sulfur": "S" in smiles.replace("Si", "") or "s" in smiles,
        "halogen": any(token in smiles for token in ("F", "Cl", "Br", "I")),
        "cation of qm9": charge_class == "cation" and source.startswith("qm9"),
        "cation": charge_class == "cation",
        "neutral of qm9": source.startswith("qm9"),
        "neutral": True,
    }
    return next(name for name, fits in tests.items() if fits)


def enriched(corpus: pl.DataFrame, n: int, seed: int) -> list[str]:
    """Make n new charged species that pass the default filters: real ones given charged groups.

    Anions, zwitterions and onium ions are a few hundred in the sources; without these the prior
    would know each by heart and no other.
    """
    random = Random(seed)
    filters: Filters = instantiate(OmegaConf.load(HERE.parent / "conf/filters/zn_anode.yaml"))
    source = corpus.filter(
        pl.col("source").str.starts_with("pubchem") & (pl.col("smiles").str.len_chars() < 24)
    )
    parents = source["smiles"].to_list()
    known, made = set(corpus["smiles"]), set[str]()
    while len(made) < n:
        child = charge(Molecule(random.choice(parents)), random)
        for _ in range(random.choice((0, 0, 1))):
            child = charge(child, random) if child else None
        if child and child.charge_class != "neutral" and abs(child.charge) <= 2:
            if child.smiles not in known and filters.allows(child):
                made.add(child.smiles)
    return sorted(made)


def batches(
    strings: dict[str, list[str]], vocabulary: Vocabulary, n: int, rng: np.random.Generator
) -> Iterator[list[str]]:
    """Endless batches of n strings in the proportions of SHARES, of similar length."""
    kinds = [name for name in SHARES if strings.get(name)]
    shares = np.array([SHARES[name] for name in kinds])
    while True:
        drawn = rng.choice(len(kinds), size=32 * n, p=shares / shares.sum())
        chunk = [strings[kinds[k]][rng.integers(len(strings[kinds[k]]))] for k in drawn]
        chunk.sort(key=lambda text: len(vocabulary.encode(text)))
        for k in rng.permutation(32):
            yield chunk[k * n : (k + 1) * n]


def likelihood(policy: SequencePolicy, vocabulary: Vocabulary, texts: list[str]) -> torch.Tensor:
    """Mean log-probability of a token, nats."""
    walks = vocabulary.write(texts)
    flows = policy.flows(walks, torch.zeros(len(texts), 0))
    return flows.log_P_F.sum() / walks.mask.sum()


def train(
    policy: SequencePolicy,
    vocabulary: Vocabulary,
    strings: dict[str, list[str]],
    n_tokens: float,
    checkpoint: Path,
    seed: int,
) -> float:
    """Train until n_tokens have been read, saving every 500 steps; return CPU seconds spent."""
    optimizer = torch.optim.Adam(policy.parameters(), lr=2e-3)
    seen, step, seconds = 0, 0, 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        policy.load_state_dict(saved["policy"])
        optimizer.load_state_dict(saved["optimizer"])
        seen, step, seconds = saved["seen"], saved["step"], saved["seconds"]
    started = time.process_time() - seconds
    stream = batches(strings, vocabulary, 128, np.random.default_rng((seed, step)))
    with tqdm(total=int(n_tokens), initial=seen, unit="token", unit_scale=True) as bar:
        while seen < n_tokens:
            texts = next(stream)
            rate = 2e-3 * 0.5 * (1 + math.cos(math.pi * seen / n_tokens)) + 1e-5
            optimizer.param_groups[0]["lr"] = min(rate, 2e-3 * (step + 1) / 200)
            optimizer.zero_grad()
            loss = -likelihood(policy, vocabulary, texts)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
            read = sum(len(vocabulary.encode(text)) for text in texts)
            seen, step = seen + read, step + 1
            bar.update(read)
            if step % 500 == 0:
                seconds = time.process_time() - started
                bar.set_postfix(nats=f"{loss.item():.3f}")
                state = {"policy": policy.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save(state | {"seen": seen, "step": step, "seconds": seconds}, checkpoint)
    return time.process_time() - started


def measure(prior: Prior, corpus: set[str], held_out: list[str], n: int = 5000) -> dict[str, float]:
    """What n samples are like: valid, unique, novel, and of which kinds."""
    molecules = []
    for text in prior.sample(n, seed=1):
        try:
            molecules.append(Molecule.from_smiles(text))
        except InvalidMoleculeError:
            continue
    unique = set(molecules)
    classes = Counter(molecule.charge_class for molecule in molecules)
    symbols = [{a.GetSymbol() for a in molecule.rdkit.GetAtoms()} for molecule in molecules]
    metrics = {
        "held_out_nats_per_token": -float(
            likelihood(prior.policy, prior.vocabulary, held_out).detach()
        ),
        "valid": len(molecules) / n,
        "unique": len(unique) / len(molecules),
        "novel": sum(m.smiles not in corpus for m in unique) / len(unique),
        "heavy_atoms_mean": float(np.mean([m.n_heavy for m in molecules])),
    }
    metrics |= {name: count / len(molecules) for name, count in sorted(classes.items())}
    for element in ("S", "P", "B", "Si", "F", "Cl", "Br", "I"):
        metrics[f"has_{element}"] = sum(element in s for s in symbols) / len(symbols)
    return {name: round(value, 4) for name, value in metrics.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=HERE / "starter_library/corpus.parquet")
    parser.add_argument("--output", type=Path, default=HERE.parent / "generators/data")
    parser.add_argument("--checkpoint", type=Path, default=HERE / "pretrain_prior/checkpoint.pt")
    parser.add_argument("--tokens", type=float, default=28e6)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    arguments.checkpoint.parent.mkdir(parents=True, exist_ok=True)

    corpus = pl.read_parquet(arguments.corpus).select("smiles", "source", "charge_class")
    made = [(s, "enriched", "") for s in enriched(corpus, 25_000, arguments.seed)]
    rows = [*corpus.iter_rows(), *made]
    vocabulary = Vocabulary.from_corpus((row[0] for row in rows), least=5)
    rows = [row for row in rows if vocabulary.can_write(row[0])]
    strings: dict[str, list[str]] = {name: [] for name in SHARES}
    for k, row in enumerate(rows):
        if k % HELD_OUT:
            strings[kind(*row)].append(row[0])
    print({name: len(members) for name, members in strings.items()}, len(vocabulary.letters))
    policy = SequencePolicy(vocabulary.environment, n_hidden=arguments.hidden)
    seconds = train(
        policy, vocabulary, strings, arguments.tokens, arguments.checkpoint, arguments.seed
    )
    prior = Prior(vocabulary, policy)
    prior.save(arguments.output)
    metrics = measure(prior, {row[0] for row in rows}, [row[0] for row in rows[::HELD_OUT]])
    metrics |= {
        "tokens": arguments.tokens,
        "letters": len(vocabulary.letters),
        "cpu_seconds": round(seconds),
    }
    (arguments.output / "prior_metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    print(json.dumps(metrics, indent=1))


if __name__ == "__main__":
    main()
