"""`forage screenshot`."""

from __future__ import annotations

from pathlib import Path

import click

from domain.captures import MAX_DELAY_MS, MAX_QUALITY, MAX_SIDE, MIN_SIDE, Device, Theme

SIDE = click.IntRange(MIN_SIDE, MAX_SIDE)


@click.command("screenshot")
@click.argument("url")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file; its name says the format: .png, .jpg, .webp or .pdf.",
)
@click.option("--full-page", is_flag=True, help="All of the page, not what fits the window.")
@click.option("--selector", default="", metavar="CSS", help="The one element to take.")
@click.option("--device", type=click.Choice([each.value for each in Device]), default="desktop", show_default=True)
@click.option("--width", type=SIDE, help="Of the window, in pixels.")
@click.option("--height", type=SIDE, help="Of the window, in pixels.")
@click.option("--theme", type=click.Choice([each.value for each in Theme]), default="light", show_default=True)
@click.option("--quality", type=click.IntRange(1, MAX_QUALITY), default=80, show_default=True, help="Of jpg and webp.")
@click.option("--block-ads", is_flag=True, help="Without advertisements and trackers.")
@click.option("--block-cookies", is_flag=True, help="Without cookie banners.")
@click.option("--wait-for", default="", metavar="CSS|MS", help="An element or a time to wait for.")
@click.option("--delay", type=click.IntRange(0, MAX_DELAY_MS), default=0, help="Milliseconds after loading.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def command(
    url: str,
    out: Path,
    full_page: bool,
    selector: str,
    device: str,
    width: int | None,
    height: int | None,
    theme: str,
    quality: int,
    block_ads: bool,
    block_cookies: bool,
    wait_for: str,
    delay: int,
    quiet: bool,
) -> int:
    """Take a picture of a page, here and now. No server is needed, a browser is: see `forage browser`.

    \b
    forage screenshot https://shop.example --out shop.png --full-page --block-cookies
    forage screenshot https://shop.example --out prices.webp --selector "#prices" --device mobile

    Exit code 0 with a picture, 1 without, 2 for what cannot be asked.
    """
    from domain.captures import CaptureRequest, wait_of
    from forage.output import check_writable
    from forage.pictures import format_of, take_picture
    from forage.process import run_async, settings_now

    wait_selector, wait_ms = wait_of(wait_for)
    request = CaptureRequest(
        url=url,
        format=format_of(out),
        full_page=full_page,
        selector=selector,
        device=Device(device),
        width=width,
        height=height,
        theme=Theme(theme),
        quality=quality,
        block_ads=block_ads,
        block_cookies=block_cookies,
        wait_selector=wait_selector,
        wait_ms=wait_ms,
        delay_ms=delay,
    )
    check_writable(out)
    settings = settings_now()
    return run_async(take_picture(settings, request, out, quiet=quiet), settings)
