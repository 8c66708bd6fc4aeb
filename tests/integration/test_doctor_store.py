"""What `forage doctor` says of whose the blob store is, and `--claim-store`."""

from __future__ import annotations

import shutil
from pathlib import Path

from forage import doctor
from forage.doctor import Finding, State
from forage.settings import Settings
from services.keys import OWNER_ACCOUNT
from store.blobs import open_blobs


async def owner_told(settings: Settings) -> Finding:
    return next(finding for finding in await doctor._service(settings) if finding.name == "archive's owner")


async def test_a_store_that_no_worker_tidies_is_told_with_the_way_to_claim_it(migrated_sqlite: Path, tmp_path: Path):
    shutil.copy(migrated_sqlite, tmp_path / "forage.sqlite3")
    settings = Settings.from_environment({"FORAGE_HOME": str(tmp_path)})
    assert (await owner_told(settings)).state is State.GOOD
    blobs = open_blobs(settings.blob_place)
    await blobs.put(OWNER_ACCOUNT, b"of a database that is not this one")
    doubted = await owner_told(settings)
    assert doubted.state is State.MISSING
    assert "of 1 files looked at, this database knows 0" in doubted.told
    assert "forage doctor --claim-store" in doubted.mend
    await blobs.claim("f" * 32)
    assert (await owner_told(settings)).state is State.BROKEN
    await doctor.claim(settings)
    assert (await owner_told(settings)).told == "this database"


async def test_where_one_process_does_all_no_worker_of_its_own_is_asked_for(migrated_sqlite: Path, tmp_path: Path):
    shutil.copy(migrated_sqlite, tmp_path / "forage.sqlite3")
    settings = Settings.from_environment({"FORAGE_HOME": str(tmp_path)})
    workers = next(finding for finding in await doctor._service(settings) if finding.name == "workers")
    assert (workers.state, workers.mend) == (State.MISSING, "forage serve brings its own")
