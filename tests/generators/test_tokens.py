import pytest
import torch

from generators.prior import Prior
from generators.tokens import EOS, PAD, UnknownTokenError, Vocabulary, tokenise
from molecules.library import Library, known_additives


def test_elements_brackets_and_ring_closures_are_single_tokens() -> None:
    assert tokenise("ClC[N+](C)(C)Br") == ["Cl", "C", "[N+]", "(", "C", ")", "(", "C", ")", "Br"]
    assert tokenise("C%12CC%12") == ["C", "%12", "C", "C", "%12"]
    assert tokenise("[C@@H](/F)O") == ["[C@@H]", "(", "/", "F", ")", "O"]


def test_tokens_of_the_library_join_to_the_same_strings() -> None:
    for molecule in Library.starter().molecules:
        assert "".join(tokenise(molecule.smiles)) == molecule.smiles


def test_the_prior_can_write_nearly_all_of_the_library_and_reads_it_back() -> None:
    vocabulary = Prior.shipped().vocabulary
    texts = [molecule.smiles for molecule in Library.starter().molecules]
    writable = [text for text in texts if vocabulary.can_write(text)]
    assert len(writable) >= 0.99 * len(texts)
    assert vocabulary.read(vocabulary.write(writable)) == writable


def test_the_prior_can_write_nearly_all_known_additives() -> None:
    vocabulary = Prior.shipped().vocabulary
    additives = [m for m in known_additives() if m.n_heavy <= 20]
    assert sum(vocabulary.can_write(m.smiles) for m in additives) >= 0.95 * len(additives)


def test_a_vocabulary_survives_its_file() -> None:
    vocabulary = Vocabulary.from_corpus(["CCO", "C[NH3+]", "Cl"], max_tokens=9)
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    assert vocabulary.letters == ("C", "Cl", "O", "[NH3+]")


def test_rare_tokens_can_be_left_out() -> None:
    assert Vocabulary.from_corpus(["CC", "CO"], least=2).letters == ("C",)


def test_written_strings_end_once_and_are_padded() -> None:
    vocabulary = Vocabulary.from_corpus(["CO"])
    walks = vocabulary.write(["C", "COC"])
    assert walks.actions[0].tolist() == [vocabulary.encode("C")[0], EOS, PAD, PAD]
    assert walks.mask.sum(-1).tolist() == [2, 4]
    assert walks.mask.equal(walks.actions != PAD)
    assert walks.actions.dtype == torch.long


@pytest.mark.parametrize(("text", "message"), [("CN", "'N'"), ("", "1 to 4"), ("CCCCC", "1 to 4")])
def test_what_cannot_be_written_is_refused(text: str, message: str) -> None:
    vocabulary = Vocabulary(("C", "O"), max_tokens=4)
    assert not vocabulary.can_write(text)
    with pytest.raises(UnknownTokenError, match=message):
        vocabulary.encode(text)
