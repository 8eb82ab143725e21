"""Laws of LocalWorkers: one answer a task, whatever the task does; finished work is kept."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from molecules import Status
from oracles.base import Task
from oracles.workers.files import TaskFolder
from oracles.workers.local import THREAD_VARIABLES, LocalWorkers, OwnProcesses
from oracles.workers.memory import shared_memory

HERE = Path(__file__).parent


def task(function, timeout_s=60.0, key=None, **payload):
    return Task(key or function, f"worker_tasks:{function}", payload, timeout_s)


def only_answer(workers, one_task):
    (answer,) = workers.run([one_task])
    return answer


def is_alive(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_every_task_has_exactly_one_answer(workers):
    tasks = [task("square", key=f"square-{x}", x=x) for x in range(20)]
    answers = {a.key: a for a in workers.run(tasks)}
    assert len(answers) == 20
    assert all(answers[f"square-{x}"].parts == [{"square": x * x}] for x in range(20))
    assert all(a.status is Status.OK for a in answers.values())


def test_no_tasks_give_no_answers(workers):
    assert list(workers.run([])) == []


def test_a_segfault_keeps_the_parts_yielded_before_it(workers):
    answer = only_answer(workers, task("two_parts_then_segfault"))
    assert answer.status is Status.CRASHED
    assert "SIGSEGV" in answer.reason
    assert answer.parts == [{"part": 1}, {"part": 2}]


def test_a_process_that_exits_is_a_crash_with_its_code(workers):
    answer = only_answer(workers, task("exit_code", code=3))
    assert (answer.status, "exit code 3" in answer.reason) == (Status.CRASHED, True)


def test_a_hang_is_stopped_at_its_timeout_and_keeps_its_parts(workers):
    answer = only_answer(workers, task("hang", timeout_s=1.0))
    assert answer.status is Status.TIMEOUT
    assert answer.parts == [{"before": "the hang"}]
    assert 0.9 < answer.seconds < 20


def test_an_exception_is_a_crash_with_its_type_and_message(workers):
    answer = only_answer(workers, task("raise_value_error"))
    assert (answer.status, answer.reason) == (Status.CRASHED, "ValueError: the answer is 42")
    assert answer.parts == [{"before": "the error"}]


def test_an_oracle_error_keeps_its_status(workers):
    answer = only_answer(workers, task("raise_oracle_error"))
    assert answer.status is Status.SCF_FAILED
    assert answer.reason == "no self-consistency in 250 steps"


@pytest.mark.parametrize(
    ("function", "named"),
    [("call_sys_exit", "SystemExit"), ("yield_nan", "ValueError"), ("absent", "AttributeError")],
)
def test_other_trouble_of_a_function_is_named(workers, function, named):
    answer = only_answer(workers, task(function))
    assert (answer.status, answer.reason.startswith(named)) == (Status.CRASHED, True)


def test_one_bad_task_harms_no_other(workers):
    tasks = [task("square", key=f"s{x}", x=x) for x in range(12)]
    tasks[3:3] = [task("two_parts_then_segfault"), task("exit_code", code=1)]
    tasks[7:7] = [task("hang", timeout_s=1.0)]
    answers = {a.key: a for a in workers.run(tasks)}
    assert len(answers) == 15
    assert all(answers[f"s{x}"].parts == [{"square": x * x}] for x in range(12))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
@pytest.mark.parametrize("chunk", [3_000_000_000, 1_000_000], ids=["at once", "bit by bit"])
def test_a_task_that_wants_too_much_memory_is_recorded_and_the_next_one_runs(chunk):
    with LocalWorkers(count=1, memory_gb=0.5) as workers:
        greedy = task("take_memory", chunk=chunk, bytes=3_000_000_000)
        answers = {a.key: a for a in workers.run([greedy, task("square", x=3)])}
    assert answers["take_memory"].status is Status.CRASHED
    assert "workers.memory_gb" in answers["take_memory"].reason
    assert answers["take_memory"].parts == [{"before": "the allocation"}]
    assert answers["square"].parts == [{"square": 9}]


def test_a_share_of_the_machines_memory_is_enough_for_an_ordinary_task(workers):
    answer = only_answer(workers, task("take_memory", chunk=10_000_000, bytes=200_000_000))
    assert answer.parts[-1] == {"taken": 200_000_000}


@pytest.mark.parametrize(
    ("version_2", "version_1", "expected"),
    [
        ("2000000\n", None, 2_000_000),
        ("max\n", None, None),
        (None, "3000000\n", 3_000_000),
        (None, "9223372036854771712\n", None),
        (None, None, None),
    ],
    ids=["version 2", "no limit in version 2", "version 1", "no limit in version 1", "no cgroup"],
)
def test_the_memory_to_be_shared_is_that_of_the_container(tmp_path, version_2, version_1, expected):
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    files = {tmp_path / "memory.max": version_2, tmp_path / "limit_in_bytes": version_1}
    for path, text in files.items():
        if text is not None:
            path.write_text(text)
    assert shared_memory(tuple(files)) == (expected or machine)


def test_a_worker_may_take_its_share_of_the_containers_memory(monkeypatch):
    monkeypatch.setattr("oracles.workers.local.shared_memory", lambda: 8_000_000_000)
    assert LocalWorkers(count=2)._memory_bytes() == 3_600_000_000
    assert LocalWorkers(count=2, memory_gb=1.5)._memory_bytes() == 1_500_000_000


def test_workers_have_one_thread_and_inherit_no_module_of_the_driver(workers):
    part = only_answer(workers, task("environment", names=THREAD_VARIABLES)).parts[0]
    assert set(part["threads"].values()) == {"1"}
    assert part["heavy"] == []


def test_processes_live_from_run_to_run():
    with LocalWorkers(count=1) as workers:
        pids = {
            only_answer(workers, task("environment", names=[], key=f"e{i}")).parts[0]["pid"]
            for i in range(3)
        }
    assert len(pids) == 1


def test_files_lie_there_until_the_next_answer_is_asked_for(tmp_path):
    with LocalWorkers(count=1, folder=tmp_path) as workers:
        answers = workers.run([task("square", key="a", x=1), task("square", key="b", x=2)])
        first = next(answers)
        assert TaskFolder(tmp_path, first.key).answer() == first
        next(answers)
        assert TaskFolder(tmp_path, first.key).answer() is None
        assert next(answers, None) is None
    assert list(tmp_path.iterdir()) == []


def test_a_finished_task_is_not_repeated(tmp_path):
    log = tmp_path / "log"
    one = task("slow_square", seconds=0, x=3, log=str(log))
    with LocalWorkers(count=1, folder=tmp_path / "work") as workers:
        answers = workers.run([one])
        next(answers)
        answers.close()  # the driver ended before it could commit
    with LocalWorkers(count=1, folder=tmp_path / "work") as workers:
        assert only_answer(workers, one).parts == [{"square": 9}]
    assert log.read_text() == "3\n"


def test_a_task_that_keeps_ending_the_driver_is_given_up(tmp_path):
    files = TaskFolder(tmp_path, "square")
    for _ in range(2):
        files.begin()
    files.add_part(1, '{"part": 1}')
    with LocalWorkers(count=1, folder=tmp_path, attempts=3) as workers:
        assert only_answer(workers, task("square", x=5)).status is Status.OK
    for _ in range(3):
        files.begin()
    files.add_part(1, '{"part": 1}')
    with LocalWorkers(count=1, folder=tmp_path, attempts=3) as workers:
        answer = only_answer(workers, task("square", x=5))
    assert (answer.status, answer.parts) == (Status.CRASHED, [{"part": 1}])
    assert "3 times" in answer.reason


def test_a_worker_killed_while_idle_costs_nothing():
    with LocalWorkers(count=1) as workers:
        pid = only_answer(workers, task("environment", names=[])).parts[0]["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
        time.sleep(0.5)
        assert only_answer(workers, task("square", x=2)).parts == [{"square": 4}]


def test_leaving_early_stops_the_processes(tmp_path):
    workers = LocalWorkers(count=2, folder=tmp_path / "work")
    pid_file = tmp_path / "pid"
    answers = workers.run(
        [task("square", x=1), task("sleep_and_tell_pid", 600, file=str(pid_file))]
    )
    next(answers)
    wait_until(lambda: pid_file.exists() and pid_file.read_text())
    answers.close()
    assert not is_alive(int(pid_file.read_text()))
    assert {p.name for p in (tmp_path / "work").iterdir()} <= {"square"}
    workers.close()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="count=0"):
        LocalWorkers(count=0)
    with pytest.raises(ValueError, match="memory_gb=0"):
        LocalWorkers(memory_gb=0)
    with pytest.raises(ValueError, match="distinct"):
        next(LocalWorkers(count=1).run([task("square", x=1), task("square", x=1)]))
    with pytest.raises(ValueError, match=r"\.\./x"):
        TaskFolder(Path(), "../x")


DRIVER = """
    import sys
    sys.path.insert(0, {here!r})
    from oracles.base import Task
    from oracles.workers.local import LocalWorkers
    if __name__ == "__main__":
        tasks = [
            Task(str(x), "worker_tasks:slow_square",
                 {{"x": x, "seconds": 0.3, "log": {log!r}}}, 60)
            for x in range(8)
        ]
        tasks.append(Task("pid", "worker_tasks:sleep_and_tell_pid", {{"file": {pid!r}}}, 600))
        for answer in LocalWorkers(count=2, folder={work!r}).run(tasks):
            print(answer.key, flush=True)
"""


@pytest.fixture
def driver(tmp_path):
    """A driver in its own process that has answered some tasks and now waits for a long one."""
    names = {name: str(tmp_path / name) for name in ("log", "pid", "work")}
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(DRIVER.format(here=str(HERE), **names)))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment)
    wait_until(lambda: Path(names["pid"]).exists() and Path(names["pid"]).read_text())
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def test_a_killed_driver_takes_its_workers_with_it_and_its_finished_tasks_are_kept(
    driver, tmp_path
):
    worker = int((tmp_path / "pid").read_text())
    driver.kill()
    driver.wait()
    wait_until(lambda: not is_alive(worker), seconds=5)
    kept = [x for x in range(8) if TaskFolder(tmp_path / "work", str(x)).answer()]
    before = (tmp_path / "log").read_text().split()
    tasks = [
        task("slow_square", key=str(x), x=x, seconds=0, log=str(tmp_path / "log")) for x in kept
    ]
    with LocalWorkers(count=2, folder=tmp_path / "work") as workers:
        assert len(list(workers.run(tasks))) == len(kept)
    assert (tmp_path / "log").read_text().split() == before


def test_ctrl_c_ends_a_driver_and_its_workers(driver, tmp_path):
    worker = int((tmp_path / "pid").read_text())
    driver.send_signal(signal.SIGINT)
    driver.wait(timeout=20)
    assert not is_alive(worker)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    blocked = tmp_path / "work"
    blocked.write_text("a file where a folder should be")
    with (
        LocalWorkers(count=1, folder=blocked) as workers,
        pytest.raises(RuntimeError, match="choose a folder"),
    ):
        list(workers.run([task("square", x=1)]))


def test_a_disk_that_takes_no_outcome_is_the_machines_trouble_and_not_the_molecules(tmp_path):
    folder = tmp_path / "work"
    with (
        LocalWorkers(count=1, folder=folder) as workers,
        pytest.raises(RuntimeError, match="make room on the disk"),
    ):
        list(workers.run([task("replace_folder_by_file", folder=str(folder))]))


def test_the_processes_of_a_context_end_at_once():
    context = OwnProcesses()
    started = [context.Process(target=time.sleep, args=(60.0,)) for _ in range(2)]
    for process in started:
        process.start()
    context.terminate()
    for process in started:
        process.join(10.0)
    assert [process.exitcode for process in started] == [-signal.SIGTERM] * 2
    context.terminate()  # of those that have ended, nothing
