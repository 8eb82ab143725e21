"""BoTorch would compile C++ at the first use of some acquisitions, a minute of silence: not here."""

from botorch.acquisition.multi_objective import logei
from test_acquisition import ONE, TWO, choose
from torch.utils import cpp_extension


def test_choosing_a_batch_starts_no_compiler(monkeypatch):
    compiled = []
    monkeypatch.setattr(cpp_extension, "load", lambda **given: compiled.append(given))
    monkeypatch.setattr(logei, "_load_attempted", False)
    assert len(choose(ONE)) == len(choose(TWO)) == 8
    assert compiled == [] and not logei._load_attempted
