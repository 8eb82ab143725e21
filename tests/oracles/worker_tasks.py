"""Functions that the tests run in real worker processes: well-behaved, failing, fatal."""

import ctypes
import os
import shutil
import sys
import time
from pathlib import Path

from molecules import Status
from oracles.base import OracleError


def square(payload):
    yield {"square": payload["x"] ** 2}


def slow_square(payload):
    time.sleep(payload["seconds"])
    with Path(payload["log"]).open("a") as file:
        file.write(f"{payload['x']}\n")
    yield {"square": payload["x"] ** 2}


def two_parts_then_segfault(payload):
    yield {"part": 1}
    yield {"part": 2}
    ctypes.string_at(0)


def exit_code(payload):
    os._exit(payload["code"])
    yield {}


def hang(payload):
    yield {"before": "the hang"}
    time.sleep(1000)


def raise_value_error(payload):
    yield {"before": "the error"}
    raise ValueError("the answer is 42")


def raise_oracle_error(payload):
    raise OracleError(Status.SCF_FAILED, "no self-consistency in 250 steps")
    yield {}


def call_sys_exit(payload):
    sys.exit("leaving")
    yield {}


def yield_nan(payload):
    yield {"value": float("nan")}


def replace_folder_by_file(payload):
    shutil.rmtree(payload["folder"])
    Path(payload["folder"]).write_text("full")
    yield {}


def environment(payload):
    yield {
        "threads": {name: os.environ.get(name) for name in payload["names"]},
        "heavy": sorted({"torch", "hydra", "mlflow", "sqlalchemy", "pytest"} & set(sys.modules)),
        "pid": os.getpid(),
    }


def take_memory(payload):
    yield {"before": "the allocation"}
    taken = []
    while len(taken) * payload["chunk"] < payload["bytes"]:
        taken.append(bytearray(payload["chunk"]))
    yield {"taken": sum(map(len, taken))}


def sleep_and_tell_pid(payload):
    Path(payload["file"]).write_text(str(os.getpid()))
    time.sleep(1000)
    yield {}


def length(smiles):
    return len(smiles)


def nothing(smiles):
    return None


def not_a_number(smiles):
    return float("nan")


def divide_by_zero(smiles):
    return 1 / 0


def refuse_carbon(smiles):
    if "C" in smiles:
        raise OracleError(Status.UNSUPPORTED, "no carbon here")
    return 1.0


def crash_on_nitrogen(smiles):
    if "N" in smiles:
        ctypes.string_at(0)
    return 1.0


not_callable = 7
