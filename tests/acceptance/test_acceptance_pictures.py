"""Pictures with a real browser: by `forage serve` as GoScreenAPI's clients ask for them, and by `forage screenshot`."""

import io
import time

import httpx
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

KEY = "sk_live_acceptance_0123456789"
LISTENS = "Forage listens at "
HTML = "<body style='margin:0;background:#00ff00'><div id='blue' style='width:120px;height:80px;background:#00f'></div>"


@pytest.fixture
def client(start):
    server = start("serve", "--port", "0", FORAGE_API_KEY=KEY)
    base = server.line_with(LISTENS).removeprefix(LISTENS)
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {KEY}"}, timeout=90) as client:
        yield client


def polled(client: httpx.Client, url: str) -> dict:
    until = time.monotonic() + 90
    while True:
        told = client.get(url).json()
        if told.get("batch_status", told.get("request", {}).get("status")) in {"completed", "failed"}:
            return told
        assert time.monotonic() < until, told
        time.sleep(0.1)


def picture(client: httpx.Client, url: str) -> Image.Image:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def test_pictures_are_taken_awaited_polled_batched_and_linked(client, demo):
    shop = demo.origins["shop"]
    answer = client.post("/screenshot", json={"url": shop, "full_page": True, "async": False})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    whole = picture(client, told["image_url"])
    assert whole.format == "PNG"
    assert whole.size == (told["width"], told["height"])
    assert whole.width == 1280

    element = client.post("/screenshot", json={"html": HTML, "selector": "#blue", "signed_link": True}).json()
    request = polled(client, element["poll_url"])["request"]
    taken = picture(client, request["image_url"])
    assert (taken.size, taken.convert("RGB").getpixel((60, 40))) == ((120, 80), (0, 0, 255))
    assert httpx.get(request["signed_url"], timeout=20).content == client.get(request["image_url"]).content

    failed = client.post("/screenshot", json={"html": HTML, "selector": "#none", "async": False})
    assert (failed.status_code, "#none" in failed.json()["error_message"]) == (502, True)

    mobile = {"html": HTML, "device": "mobile", "format": "jpg"}
    batch = client.post("/batch", json={"requests": [mobile, {"html": HTML, "format": "pdf"}]}).json()
    first, second = polled(client, batch["poll_url"])["items"]
    assert picture(client, first["image_url"]).size == (390, 844)
    assert client.get(second["image_url"]).content.startswith(b"%PDF-")
    assert client.get("/screenshots?status=completed").json()["meta"]["total"] == 4


def test_a_picture_is_taken_from_the_command_line_into_a_file_whose_name_says_the_format(forage, demo, tmp_path):
    out = tmp_path / "shop.webp"
    taken = forage("screenshot", demo.origins["shop"], "--out", str(out), "--device", "tablet")
    assert taken.returncode == 0, taken.stderr
    assert (Image.open(out).format, Image.open(out).size) == ("WEBP", (768, 1024))
    assert b"768 x 1024" in taken.stderr
    missing = forage("screenshot", demo.origins["shop"], "--out", str(out), "--selector", "#nothing-like-it")
    assert (missing.returncode, b"#nothing-like-it" in missing.stderr) == (1, True)
    wrong = forage("screenshot", demo.origins["shop"], "--out", str(tmp_path / "shop.gif"))
    assert (wrong.returncode, b".webp" in wrong.stderr) == (2, True)
