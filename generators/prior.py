"""The prior: what molecules look like before anyone says which are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor

from generators.policy import SequencePolicy
from generators.tokens import Vocabulary
from generators.trajectory import Trajectories

WEIGHTS = "prior.safetensors"
VOCABULARY = "vocabulary.json"
BATCH = 256


@dataclass(frozen=True)
class Prior:
    """A language model of SMILES strings, fixed."""

    vocabulary: Vocabulary
    policy: SequencePolicy

    @classmethod
    def shipped(cls) -> Prior:
        """The prior of the package (generators/data/README.md says how it was made)."""
        data = files("generators") / "data"
        return cls.of((data / VOCABULARY).read_text("utf-8"), (data / WEIGHTS).read_bytes())

    @classmethod
    def of(cls, vocabulary: str, weights: bytes) -> Prior:
        """The prior of a vocabulary (JSON) and weights (safetensors)."""
        letters = Vocabulary.from_json(vocabulary)
        tensors = load(weights)
        n_embedding = tensors["embedding.weight"].shape[1]
        n_hidden = tensors["gru.weight_hh_l0"].shape[1]
        policy = SequencePolicy(letters.environment, 0, n_hidden, n_embedding)
        policy.load_state_dict(tensors)
        return cls(letters, policy.requires_grad_(False))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of vocabulary and weights: an agent belongs to the prior it was made from."""
        content = self.vocabulary.to_json().encode() + save(self.policy.state_dict())
        return sha256(content).hexdigest()

    def save(self, folder: Path) -> None:
        """Write weights and vocabulary into a folder."""
        (folder / WEIGHTS).write_bytes(save(self.policy.state_dict()))
        (folder / VOCABULARY).write_text(self.vocabulary.to_json(), "utf-8")

    def agent(self, n_condition: int) -> SequencePolicy:
        """A conditioned policy that starts as this prior, whatever the condition."""
        n_embedding, n_hidden = self.policy.embedding.embedding_dim, self.policy.gru.hidden_size
        environment = self.vocabulary.environment
        agent = SequencePolicy(environment, n_condition, n_hidden, n_embedding)
        agent.load_state_dict(self.policy.state_dict(), strict=False)
        return agent

    def sample(self, n: int, seed: int) -> list[str]:
        """Draw n strings; some are not molecules, some may be equal."""
        generator = torch.Generator().manual_seed(seed)
        texts: list[str] = []
        while len(texts) < n:
            condition = torch.zeros(min(BATCH, n - len(texts)), 0)
            texts += self.vocabulary.read(self.policy.sample(condition, generator))
        return texts

    @torch.no_grad()
    def log_probability(self, trajectories: Trajectories) -> Tensor:
        """Log-probability of each string as a walk, `n`, in nats."""
        n = len(trajectories)
        parts = [trajectories.rows(rows) for rows in torch.split(torch.arange(n), BATCH)]
        return torch.cat(
            [self.policy.flows(p, torch.zeros(len(p), 0)).log_forward for p in parts]
            or [torch.zeros(0)]
        )

    def log_probabilities(self, texts: Sequence[str]) -> Tensor:
        """Log-probability of each string, `n`, in nats.

        Raises:
            UnknownTokenError: a string the vocabulary cannot write.
        """
        return self.log_probability(self.vocabulary.write(texts))
