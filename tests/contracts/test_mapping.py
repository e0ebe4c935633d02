# SPDX-License-Identifier: EUPL-1.2
"""Every form has its class in every other scheme, or an explicit dash."""

import pytest

from rueckhalt_shared.contracts import codes, mapping

every_scheme = pytest.mark.parametrize("scheme", mapping.SCHEMES)


def test_only_known_schemes_and_forms_are_mapped():
    assert {row.scheme for row in mapping.ASSIGNMENTS} == set(mapping.SCHEMES)
    assert {row.form for row in mapping.ASSIGNMENTS} == set(codes.FORMS)


@every_scheme
@pytest.mark.parametrize("form", codes.FORMS)
def test_every_form_is_mapped_or_explicitly_has_no_class(scheme, form):
    classes = [
        row.class_ for row in mapping.ASSIGNMENTS if row.scheme == scheme and row.form == form
    ]

    assert classes
    assert classes == ["–"] or "–" not in classes
    assert mapping.classes_of(scheme, form) == tuple(c for c in classes if c != "–")


@every_scheme
def test_every_class_is_imported_as_exactly_one_form_that_counts_under_it(scheme):
    classes = {row.class_ for row in mapping.ASSIGNMENTS if row.scheme == scheme} - {"–"}

    for class_ in classes:
        importing = [
            row.form
            for row in mapping.ASSIGNMENTS
            if (row.scheme, row.class_, row.imported) == (scheme, class_, True)
        ]
        assert importing == [mapping.form_of(scheme, class_)]
        assert class_ in mapping.classes_of(scheme, importing[0])


def test_a_class_that_a_scheme_does_not_have_is_refused():
    with pytest.raises(mapping.UnknownClass, match="hamburg"):
        mapping.form_of("hamburg", "–")


def test_the_published_classes_of_hamburg_can_be_imported():
    assert mapping.form_of("hamburg", "Beschimpfung") == "insult"
    assert mapping.form_of("hamburg", "Bedrohung mit Waffe") == "weapon"
    assert mapping.form_of("hamburg", "sexuelle Grenzverletzung") == "sexual"


def test_words_from_memory_are_marked_as_to_be_checked():
    pmk = [row for row in mapping.ASSIGNMENTS if row.scheme == "pmk" and row.class_ != "–"]

    assert {row.classes for row in pmk} == {codes.TO_BE_CHECKED}
    assert {row.assignment for row in pmk} == {codes.TO_BE_CHECKED}
