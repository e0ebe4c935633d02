# SPDX-License-Identifier: EUPL-1.2
"""Group commit: many callers, one transaction, nobody answered before the commit."""

import threading

import pytest

from rueckhalt_shared.group import GaveUp, Group, Job
from tests.support import eventually


class Executor:
    """Stands for the database: notes the groups, and holds the first one until told to go on."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, jobs):
        self.groups.append(len(jobs))
        if len(self.groups) == 1:
            self.entered.set()
            assert self.go_on.wait(10)
        for job in jobs:
            job.work(None)
            job.succeed()


def in_thread(group, job):
    thread = threading.Thread(target=group.run, args=(job,), daemon=True)
    thread.start()
    return thread


def test_those_who_wait_for_the_lock_share_the_next_transaction():
    executor = Executor()
    group = Group(executor, patience=10)
    jobs = [Job(lambda tx, n=n: n) for n in range(6)]

    threads = [in_thread(group, jobs[0])]
    assert executor.entered.wait(10)
    threads += [in_thread(group, job) for job in jobs[1:]]
    eventually(lambda: len(group._waiting) == 5)
    executor.go_on.set()
    for thread in threads:
        thread.join(10)

    assert [job.outcome() for job in jobs] == list(range(6))
    assert executor.groups == [1, 5]


def test_a_caller_who_gave_up_is_taken_out_before_it_runs():
    executor = Executor()
    group = Group(executor, patience=0.05)
    first, late = Job(lambda tx: "first"), Job(lambda tx: "late")

    holder = in_thread(group, first)
    assert executor.entered.wait(10)
    in_thread(group, late).join(10)
    executor.go_on.set()
    holder.join(10)

    with pytest.raises(GaveUp):
        late.outcome()
    assert executor.groups == [1]


def test_after_an_error_of_the_leader_the_next_one_still_gets_its_turn():
    calls = []

    def execute(jobs):
        calls.append(len(jobs))
        if len(calls) == 1:
            raise RuntimeError("broken")
        for job in jobs:
            job.work(None)
            job.succeed()

    group = Group(execute, patience=1)
    broken, fine = Job(lambda tx: 1), Job(lambda tx: 2)

    with pytest.raises(RuntimeError):
        group.run(broken)
    group.run(fine)

    assert fine.outcome() == 2
    with pytest.raises(RuntimeError):
        broken.outcome()
