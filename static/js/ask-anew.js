// A page that a browser shows again as it was, when somebody goes back to it, asks the site how things stand now.
"use strict";

addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
