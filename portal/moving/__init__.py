"""Moving in: departments, clinicians and outside news from spreadsheets (CSV), looked at before anything is done."""
