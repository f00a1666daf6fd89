"""Every action of the RPC surface, on one page."""

from collections.abc import Mapping

from roundsman.api import (
    arrivals,
    company,
    dispatch,
    jobs,
    location,
    members,
    places,
    plans,
    recurrences,
    reports,
    slots,
    unlocated,
    visits,
    webhooks,
)
from roundsman.api.shapes import Action, Done, File, Planned
from roundsman.dispatch.cluster import clusters_of
from roundsman.dispatch.fleet.search import plan_fleet
from roundsman.dispatch.order import put_in_order
from roundsman.dispatch.share import share_out
from roundsman.dispatch.slots.search import find_places, find_slots
from roundsman.jobs.wire import WireJob

JOBS = "Jobs"
MEMBERS = "Members and company"
PLACES = "Places"
LOCATION = "Location"
WEBHOOKS = "Webhooks"
REPORTS = "Reports"

# Answers under two names: older clients ask in the singular.
GET_PLACES = Action(
    tag=PLACES, ask=places.GetPlaces, handler=places.get_places, answer=places.Places
)
DISPATCH = "Dispatch"

ACTIONS: Mapping[str, Action] = {
    "createjobs": Action(
        tag=JOBS,
        ask=jobs.CreateJobs,
        plan=Planned(jobs.ask_takers, share_out, when=jobs.wants_takers),
        handler=jobs.create_jobs,
        answer=jobs.Jobs,
        writes=True,
        shows=(WireJob,),
    ),
    "getjobs": Action(tag=JOBS, ask=jobs.GetJobs, handler=jobs.get_jobs, answer=jobs.Jobs),
    "editjobs": Action(
        tag=JOBS, ask=jobs.EditJobs, handler=jobs.edit_jobs, answer=jobs.Jobs, writes=True
    ),
    "deletejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.delete_jobs, answer=Done, writes=True
    ),
    "archivejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.archive_jobs, answer=jobs.Jobs, writes=True
    ),
    "restorejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.restore_jobs, answer=jobs.Jobs, writes=True
    ),
    "setrecurrence": Action(
        tag=JOBS,
        ask=recurrences.SetRecurrence,
        handler=recurrences.set_recurrence,
        answer=recurrences.SeriesAnswer,
        writes=True,
        ours=True,
        shows=(WireJob,),
    ),
    "getrecurrences": Action(
        tag=JOBS,
        ask=recurrences.GetRecurrences,
        handler=recurrences.get_recurrences,
        answer=recurrences.Recurrences,
        ours=True,
    ),
    "editrecurring": Action(
        tag=JOBS,
        ask=recurrences.EditRecurring,
        handler=recurrences.edit_recurring,
        answer=recurrences.SeriesAnswer,
        writes=True,
        ours=True,
        shows=(WireJob,),
    ),
    "endrecurrence": Action(
        tag=JOBS,
        ask=recurrences.EndRecurrence,
        handler=recurrences.end_recurrence,
        answer=Done,
        writes=True,
        ours=True,
    ),
    "optimizeroute": Action(
        tag=DISPATCH,
        ask=dispatch.OptimizeRoute,
        plan=Planned(dispatch.ask_order, put_in_order),
        handler=dispatch.optimize_route,
        answer=dispatch.Route,
        writes=True,
    ),
    "autoassign": Action(
        tag=DISPATCH,
        ask=dispatch.AutoAssign,
        plan=Planned(dispatch.ask_share, share_out),
        handler=dispatch.auto_assign,
        answer=dispatch.Assignment,
        writes=True,
    ),
    "distributejobs": Action(
        tag=DISPATCH,
        ask=dispatch.DistributeJobs,
        plan=Planned(dispatch.ask_clusters, clusters_of),
        handler=dispatch.distribute_jobs,
        answer=dispatch.Clusters,
    ),
    "planday": Action(
        tag=DISPATCH,
        ask=plans.PlanDay,
        plan=Planned(plans.ask_plan, plan_fleet, when=plans.is_waited_for),
        handler=plans.plan_day,
        answer=plans.PlanAnswer,
        writes=True,
        ours=True,
    ),
    "getplan": Action(
        tag=DISPATCH,
        ask=plans.GetPlan,
        handler=plans.get_plan,
        answer=plans.PlansAnswer,
        ours=True,
    ),
    "applyplan": Action(
        tag=DISPATCH,
        ask=plans.NamedPlan,
        handler=plans.apply_plan,
        answer=plans.PlanAnswer,
        writes=True,
        ours=True,
    ),
    "cancelplan": Action(
        tag=DISPATCH,
        ask=plans.NamedPlan,
        handler=plans.cancel_plan,
        answer=plans.PlanAnswer,
        writes=True,
        ours=True,
    ),
    "undoplan": Action(
        tag=DISPATCH,
        ask=plans.NamedPlan,
        handler=plans.undo_plan,
        answer=plans.UndoneAnswer,
        writes=True,
        ours=True,
    ),
    "insertjob": Action(
        tag=DISPATCH,
        ask=visits.InsertJob,
        plan=Planned(visits.ask_insertion, find_places),
        handler=visits.insert_job,
        answer=visits.InsertAnswer,
        writes=True,
        ours=True,
    ),
    "suggestslots": Action(
        tag=DISPATCH,
        ask=slots.SuggestSlots,
        plan=Planned(slots.ask_slots, find_slots),
        handler=slots.suggest_slots,
        answer=slots.SlotsAnswer,
        ours=True,
    ),
    "reserveslot": Action(
        tag=DISPATCH,
        ask=slots.ReserveSlot,
        plan=Planned(slots.ask_reserved, find_places),
        handler=slots.reserve_slot,
        answer=slots.HoldAnswer,
        writes=True,
        ours=True,
    ),
    "confirmslot": Action(
        tag=DISPATCH,
        ask=slots.ConfirmSlot,
        plan=Planned(slots.ask_confirmed, find_places),
        handler=slots.confirm_slot,
        answer=visits.InsertAnswer,
        writes=True,
        ours=True,
    ),
    "releaseslot": Action(
        tag=DISPATCH,
        ask=slots.ReleaseSlot,
        handler=slots.release_slot,
        answer=Done,
        writes=True,
        ours=True,
    ),
    "eta": Action(
        tag=DISPATCH, ask=arrivals.Eta, handler=arrivals.eta, answer=arrivals.Etas, ours=True
    ),
    "createaccount": Action(
        tag=MEMBERS,
        ask=members.CreateAccount,
        handler=members.create_account,
        answer=members.CreatedAccount,
        writes=True,
        prepare=members.hashed_password,
    ),
    "editaccount": Action(
        tag=MEMBERS,
        ask=members.EditAccount,
        handler=members.edit_account,
        answer=members.EditedAccount,
        writes=True,
    ),
    "getaccounts": Action(
        tag=MEMBERS, ask=members.GetAccounts, handler=members.get_accounts, answer=members.Accounts
    ),
    "deleteaccount": Action(
        tag=MEMBERS,
        ask=members.DeleteAccount,
        handler=members.delete_account,
        answer=Done,
        writes=True,
    ),
    "getcompany": Action(
        tag=MEMBERS,
        ask=company.GetCompany,
        handler=company.get_company,
        answer=company.CompanyAnswer,
    ),
    "editcompany": Action(
        tag=MEMBERS,
        ask=company.EditCompany,
        handler=company.edit_company,
        answer=company.CompanyAnswer,
        writes=True,
        ours=True,
    ),
    "createplace": Action(
        tag=PLACES,
        ask=places.CreatePlace,
        handler=places.create_place,
        answer=places.PlaceAnswer,
        writes=True,
    ),
    "editplace": Action(
        tag=PLACES,
        ask=places.EditPlace,
        handler=places.edit_place,
        answer=places.EditedPlace,
        writes=True,
    ),
    "getplaces": GET_PLACES,
    "getplace": GET_PLACES,
    "deleteplaces": Action(
        tag=PLACES,
        ask=places.DeletePlaces,
        handler=places.delete_places,
        answer=Done,
        writes=True,
        ours=True,
    ),
    "getunlocated": Action(
        tag=PLACES,
        ask=unlocated.GetUnlocated,
        handler=unlocated.get_unlocated,
        answer=unlocated.Unlocated,
        ours=True,
    ),
    "locate": Action(
        tag=LOCATION, ask=location.Locate, handler=location.locate, answer=location.Positions
    ),
    "gettracks": Action(
        tag=LOCATION, ask=location.GetTracks, handler=location.get_tracks, answer=location.Tracks
    ),
    "getwebhooks": Action(
        tag=WEBHOOKS,
        ask=webhooks.GetWebhooks,
        handler=webhooks.get_webhooks,
        answer=webhooks.Webhooks,
    ),
    "setwebhooks": Action(
        tag=WEBHOOKS,
        ask=webhooks.SetWebhooks,
        handler=webhooks.set_webhooks,
        answer=webhooks.Webhooks,
        writes=True,
    ),
    "createreport": Action(
        tag=REPORTS, ask=reports.CreateReport, handler=reports.create_report, answer=File
    ),
}
