-- Two roles: `portal_owner` owns the tables and runs `manage.py migrate`; `portal_site`, the site's, reads and writes rows and
-- changes no table, trigger or function. So nobody who has the site's password can cut the audit record.
--
--     createdb portal                                    as a superuser (`runuser -u postgres -- …`), once
--     psql -v ON_ERROR_STOP=1 -d portal -f roles.sql     the same, before the first `migrate`
--     \password portal_owner
--     \password portal_site
--
-- If another role, say portal, has owned the tables until now: `REASSIGN OWNED BY portal TO portal_owner;` first.

DO $$ BEGIN CREATE ROLE portal_owner LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE portal_site LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC, portal_site;
-- A temporary table of the same name would stand before the record's own.
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, portal_site', current_database()); END $$;
GRANT USAGE, CREATE ON SCHEMA public TO portal_owner;
GRANT USAGE ON SCHEMA public TO portal_site;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_site;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_site;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_site;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_site;
