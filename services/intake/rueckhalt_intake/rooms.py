# SPDX-License-Identifier: EUPL-1.2
"""The pages of all rooms, in the order in which they are registered."""

from rueckhalt_intake.copies.pages import pages as copies
from rueckhalt_intake.deadlines.case_pages import pages as case_deadlines
from rueckhalt_intake.deadlines.pages import pages as deadline_pages
from rueckhalt_intake.desk.conversation import pages as conversation
from rueckhalt_intake.desk.pages import pages as desk_pages
from rueckhalt_intake.doors.pages import pages as doors
from rueckhalt_intake.erasure.pages import pages as erasures
from rueckhalt_intake.evidence.desk_pages import pages as desk_evidence
from rueckhalt_intake.evidence.pages import pages as own_evidence
from rueckhalt_intake.guidance.pages import pages as guidance_pages
from rueckhalt_intake.help.editing import pages as help_entries
from rueckhalt_intake.help.pages import pages as help_pages
from rueckhalt_intake.inbound.pages import pages as inbound_pages
from rueckhalt_intake.mailbox.changing import pages as own_case
from rueckhalt_intake.mailbox.entering import pages as entering
from rueckhalt_intake.mailbox.noting import room as case_notes
from rueckhalt_intake.mailbox.pages import pages as case
from rueckhalt_intake.old_lists.pages import pages as old_list_pages
from rueckhalt_intake.papers.case_pages import pages as case_papers
from rueckhalt_intake.papers.pages import pages as papers
from rueckhalt_intake.report.log_pages import pages as diary
from rueckhalt_intake.report.pages import pages as report
from rueckhalt_intake.report.phone_pages import pages as by_phone
from rueckhalt_intake.report.sending import pages as sending
from rueckhalt_intake.retention.pages import pages as retention
from rueckhalt_intake.strict.pages import pages as strict_pages
from rueckhalt_intake.tidings.pages import pages as tidings
from rueckhalt_intake.waves.pages import pages as wave_pages

PAGES = (
    doors,
    guidance_pages,
    help_pages,
    help_entries,
    sending,
    report,
    diary,
    by_phone,
    inbound_pages,
    case,
    entering,
    own_case,
    case_notes,
    tidings,
    desk_pages,
    conversation,
    desk_evidence,
    own_evidence,
    strict_pages,
    wave_pages,
    copies,
    papers,
    deadline_pages,
    case_deadlines,
    case_papers,
    erasures,
    retention,
    old_list_pages,
)
