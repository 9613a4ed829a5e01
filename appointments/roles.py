"""What each role may do with requests. Which requests somebody sees depends on `Department.coordinators` as well."""

ROLES = {
    "coordinator": ["view_request", "work_requests"],
    "coordinator lead": [
        *("view_request", "work_requests", "see_all_requests", "export_request"),
        *("view_schedule", "change_schedule", "see_figures"),
    ],
    "privacy officer": ["view_request", "see_all_requests", "erase_request"],
}
