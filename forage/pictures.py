"""A picture taken in this process, into a file."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from domain.captures import CaptureFormat, CaptureRequest
from domain.errors import ForageError, InvalidInput
from domain.pictures import Picture
from domain.runs import RunStatus
from forage.compose import open_lone_executor, open_service
from forage.local import run_here, submit_here
from forage.progress import Progress
from forage.settings import Settings
from forage.tables import console
from services.captures import get_capture, read_picture

INTERRUPTED = 130


def format_of(out: Path) -> CaptureFormat:
    """The format that a file's name says. Raises InvalidInput."""
    told = out.suffix.removeprefix(".").lower()
    if told == "jpeg":
        return CaptureFormat.JPG
    if told not in set(CaptureFormat):
        raise InvalidInput(f"--out {out}: name it .png, .jpg, .webp or .pdf")
    return CaptureFormat(told)


async def take_picture(settings: Settings, request: CaptureRequest, out: Path, *, quiet: bool) -> int:
    """Writes the picture to `out`; the exit code. Raises InvalidInput, UnsafeUrl, and ForageError for no picture."""
    async with open_service(settings) as service:
        run = await submit_here(service, request)
        with Progress(quiet=quiet) as progress:
            async with open_lone_executor(settings, service) as executor:
                run = await run_here(service, executor, run, progress)
        capture = await get_capture(service, run.account_id, run.id)
        if run.status is RunStatus.CANCELLED:
            return INTERRUPTED
        if capture.picture is None:
            raise ForageError(f"{request.url} could not be taken: {capture.why_not}")
        _write(out, await read_picture(service, capture))
    if not quiet:
        _tell(out, capture.picture)
    return 0


def _tell(out: Path, picture: Picture) -> None:
    shown = console(stderr=True)
    shown.print(Text(f"{out}: {picture.width} x {picture.height} pixels, {picture.size:,} bytes"))
    for note in picture.notes:
        shown.print(Text(f"  {note}", style="yellow"))


def _write(out: Path, image: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(image)
    except OSError as fault:
        raise ForageError(f"{out} cannot be written: {fault.strerror}") from None
