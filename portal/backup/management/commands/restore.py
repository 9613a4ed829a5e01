import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import encryption, folder
from portal.backup.read import read_manifest
from portal.backup.restore import Place, SettledWithFaults, bring_back, check, choose_list, real_place, trial_place
from portal.backup.settle import settle


class Command(BaseCommand):
    """Refuses whatever is cut or changed. What was erased since is erased again, and old messages are held. Killed, run it again."""

    help = "Bring a backup back, by default into a place to try it, and report on it."
    requires_system_checks = ()  # they ask a database that is perhaps not there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", type=Path, nargs="?", metavar="FROM", help="one backup, or the folder of all: its newest"
        )
        parser.add_argument("--into", nargs="+", default=[], metavar="PLACE", help="a new folder, an empty database, or both")
        parser.add_argument(
            "--in-place", action="store_true", help="into DATABASE_URL and VAR_DIR of this site; stop it first"
        )
        parser.add_argument("--identity", type=Path, metavar="FILE", help="the private key")
        parser.add_argument("--erasures", type=Path, metavar="FILE", help="the erasure list, if not that of ERASURE_LIST")
        parser.add_argument("--without-erasures", action="store_true", help="there is none any more; erased people come back")
        parser.add_argument("--settle", type=Path, help="for its own use")

    def handle(self, *args: Any, source: Path | None, **options: Any) -> None:
        if options["settle"]:
            self._settle(options["settle"])
            return
        if not source:
            raise CommandError("Say which backup: its folder, or the folder of all.")
        backup = folder.chosen(source.resolve())
        try:
            is_well = self._restore(backup, options)
        except encryption.NotWhole as fault:
            raise CommandError(f"This backup is refused: {fault}.") from fault
        except OSError as fault:
            raise CommandError(f"{fault}. Run the same again.") from fault
        if not is_well:
            raise CommandError("It is back, and not all of it is as it should be: see above.")

    def _restore(self, backup: Path, options: dict[str, Any]) -> bool:
        keys = encryption.identities(backup.parent, options["identity"])
        manifest = read_manifest(backup, keys)
        if bool(options["into"]) == options["in_place"]:
            raise CommandError("Say --into and a new folder to try it, or --in-place.")
        place = real_place() if options["in_place"] else trial_place(options["into"], backup)
        since = [] if options["without_erasures"] else choose_list(manifest, options["erasures"], backup.parent)
        if not since:
            self.stderr.write(
                f"Nothing is known to have been erased since (list: {options['erasures'] or settings.ERASURE_LIST})."
            )
        check(backup, manifest, place)
        self.stdout.write(f"Backup of {manifest.made_at[:16].replace('T', ' ')} UTC.")
        is_well = bring_back(backup, manifest, keys, place, since)
        self.stdout.write(f"Pictures: {len(manifest.pictures)} files, each as in the backup.")
        self._say_where(place)
        return is_well

    def _say_where(self, place: Place) -> None:
        if place.is_real:
            self.stdout.write("It is in place. Look at the held messages (Messages in the admin), then start the site.")
        else:
            url = place.target.url if place.target.is_postgresql else f"sqlite:///{place.database}"
            _name, _at, host = url.partition("@")  # a name and password stay unsaid
            shown = f"…{host}" if host else url
            self.stdout.write(f"Look at it with VAR_DIR={place.folder} and DATABASE_URL set to {shown}.")

    def _settle(self, job: Path) -> None:
        report = settle(**json.loads(job.read_text(encoding="utf-8")))
        for line in report.lines:
            self.stdout.write(line)
        for fault in report.faults:
            self.stderr.write(fault)
        if report.faults:
            sys.exit(SettledWithFaults.code)
