"""What functions of storage do about rights: which look themselves, which are steps of others."""

from __future__ import annotations

# Steps of officers' deeds that see a database without a scope: those who call them have looked at
# the rights, and no handler does.
ASIDE = {
    "audit.note", "figures.days.anything_by", "figures.days.keys", "figures.declared.any_stated",
    "pasts.again.carry", "pasts.making.made", "pasts.making.unmake",
    "reporting.collections.awaited", "reporting.collections.one", "reporting.communes.heirs",
    "reporting.communes.one", "reporting.communes.stands", "reporting.communes.under",
    "reporting.status.owing", "rosters.staging.basis", "rosters.staging.forget",
    "rosters.staging.put", "rosters.staging.ready", "rosters.staging.stage",
    "rosters.swap.left_by_roster",
}  # fmt: skip
# Steps in modules that know of no scope at all: the figures of one report, what is owed about it.
STEPS = {
    "reporting.lines.answered", "reporting.lines.frozen", "reporting.lines.of",
    "reporting.lines.refresh", "reporting.lines.unsay", "reporting.news.asked",
    "reporting.news.officers", "reporting.news.opened", "reporting.news.submitted",
    "reporting.news.withdraw",
}  # fmt: skip
# The same for everybody: what can be asked for, until when, and the courses that are open. They
# tell of nobody, and of no figure.
COMMON = {
    "figures.subjects.get", "figures.subjects.listed", "figures.subjects.of_course",
    "figures.subjects.period", "figures.subjects.some", "figures.subjects.target",
    "figures.unmet.open_courses",
    "reporting.collections.last_day",
}  # fmt: skip
# How functions that do something on behalf of somebody name them.
ACTORS = {"by", "by_id", "actor_id", "invited_by", "principal_id"}
# What officers and principals decide, and who may: each looks itself, whatever the handler did.
VERBS = {
    "attendance.close": "teaching.may_teach",
    "attendance.mark": "teaching.may_teach",
    "attendance.roll": "teaching.may_teach",
    "figures.own_school.count": "principals.schools",
    "figures.own_school.counted_in": "principals.schools",
    "figures.own_school.declared": "principals.schools",
    "figures.own_school.people": "principals.schools",
    "figures.unmet.at_school": "principals.schools",
    "figures.unmet.colleagues": "principals.schools",
    "figures.unmet.nearest_at_school": "principals.schools",
    "profiles.respond": "profiles.may_respond",
    "proposals.propose": "proposals.may_propose",
    "questions.answer": "questions.may_answer",
    "registrations.agree": "agreement.may_answer",
    "registrations.refuse": "agreement.may_answer",
    "results.participants": "teaching.may_teach",
    "results.record": "teaching.may_teach",
    "school_picks.pick": "school_picks.one",
    "session_codes.change": "teaching.may_teach",
    "session_codes.start": "teaching.may_teach",
    "sheet_lines.give": "teaching.may_teach",
    "sheet_lines.of": "teaching.may_teach",
    "staffing.added": "staffing.may_keep",
    "staffing.left": "staffing.may_keep",
    "staffing.moved": "staffing.may_keep",
    "staffing.new_code": "staffing.may_keep",
    "staffing.on_leave": "staffing.may_keep",
    "staffing.one": "staffing.may_keep",
    "staffing.recent": "staffing.may_keep",
    "staffing.restore": "staffing.may_keep",
    "staffing.returned": "staffing.may_keep",
    "verdicts.confirm": "claims.right",
    "verdicts.look": "claims.right",
    "verdicts.refuse": "claims.right",
    "walk_ins.accept": "teaching.may_teach",
    "walk_ins.accept_all": "teaching.may_teach",
    "walk_ins.refuse": "teaching.may_teach",
    "walk_ins.waiting": "teaching.may_teach",
}
# Done at the command line by whoever runs the assistant.
COMMAND_LINE = {"changes.cancel", "changes.enlarge", "changes.reschedule", "invitations.create"}
# Steps of deeds that were checked, or people's own: no handler may call the first ones.
INNER = {
    "audit.note", "changes.add", "changes.move", "changes.online", "changes.remove",
    "merges.merge", "nominees.seat", "places.move", "places.tell",
    "registrations.drop_person", "reporting.lines.write", "reporting.news.decided",
    "school_closing.leave_all", "staff_moves.move", "staff_moves.note_code",
    "staff_moves.take_back", "staff_moves.write", "staff_news.restored", "staff_news.tell",
    "verdicts.verify",
}  # fmt: skip
OWN = {"registrations.give_up"}
# What has no need of a scope.
LOOKED_AT = ASIDE | COMMON | VERBS.keys()
