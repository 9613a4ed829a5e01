// Starts allauth's passkey script for this page's form; the names of its parts stand as data on the script tag.
"use strict";

const { form: passkeyForm, ...ids } = document.currentScript.dataset;
window.allauth.webauthn.forms[passkeyForm]({ ids });
