# SPDX-License-Identifier: EUPL-1.2
"""Ids rise with time; persons have the same id in every service."""

import threading
import time
import uuid

from rueckhalt_shared.contracts import ids


def test_an_id_is_a_uuid_of_version_seven():
    number = uuid.UUID(ids.uuid7())

    assert (number.version, number.variant) == (7, uuid.RFC_4122)
    assert abs((number.int >> 80) - time.time_ns() // 1_000_000) < 60_000


def test_ids_of_one_process_rise_strictly_even_within_a_millisecond():
    made = [ids.uuid7() for _ in range(20_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_many_threads_are_all_different():
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend([ids.uuid7() for _ in range(2_000)]))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 8_000


def test_a_person_has_the_same_id_wherever_it_is_computed():
    assert ids.person_id("160770999999", "anna.aydin") == "892b0472-628d-5551-8829-197792ccdc49"


def test_persons_and_partners_of_different_towns_never_share_an_id():
    computed = {
        make(town, key)
        for make in (ids.person_id, ids.partner_id)
        for town in ("160770999999", "097610000000")
        for key in ("anna.aydin", "lars.lind")
    }

    assert len(computed) == 8
