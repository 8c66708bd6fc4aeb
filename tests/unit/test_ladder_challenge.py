from __future__ import annotations

import datetime as dt

import pytest

from domain.pages import FetchOutcome, Page, Via
from fetch.challenge import WallKind, detect_challenge, find_wall
from fetch.dom import describe

HERE = "https://shop.example/things"


def page(html: str, *, status: int = 200, final_url: str = HERE, outcome: FetchOutcome | None = None) -> Page:
    facts = describe(html, HERE)
    return Page(
        id="p",
        url=HERE,
        final_url=final_url,
        outcome=outcome or (FetchOutcome.OK if status < 400 else FetchOutcome.BLOCKED),
        via=Via.HTTP,
        fetched_at=dt.datetime.now(dt.UTC),
        status=status,
        content_type="text/html",
        html=html,
        text=facts.text,
        title=facts.title,
    )


WALLS = {
    "cloudflare": (
        403,
        """<title>Just a moment...</title><script>window._cf_chl_opt={cvId:'3'}</script><noscript>Enable JavaScript and
        cookies to continue</noscript>""",
        WallKind.CHALLENGE,
    ),
    "cloudflare that answers 200": (
        200,
        """<title>Just a moment...</title><p>Checking your browser before accessing shop.example</p>
        <script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=1'></script>""",
        WallKind.CHALLENGE,
    ),
    "datadome": (
        403,
        """<p id=cmsg>Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','host':
        'geo.captcha-delivery.com'}</script><script src='https://ct.captcha-delivery.com/c.js'></script>""",
        WallKind.CAPTCHA,
    ),
    "perimeterx": (
        403,
        "<title>Access to this page has been denied</title><div id='px-captcha'></div><p>Press &amp; Hold</p>",
        WallKind.CAPTCHA,
    ),
    "akamai": (
        403,
        """<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to access this.
        Reference&#32;&#35;18
        <p>https&#58;//errors.edgesuite.net/18.1</p>""",
        WallKind.REFUSAL,
    ),
    "imperva": (
        200,
        "<iframe src='/_Incapsula_Resource?SWUDNSAI=31'>Request unsuccessful. Incapsula incident ID: 1-2</iframe>",
        WallKind.CHALLENGE,
    ),
    "hcaptcha": (
        200,
        "<p>Please verify you are human to continue.</p><div class='h-captcha' data-sitekey=x></div>",
        WallKind.CAPTCHA,
    ),
    "recaptcha": (
        429,
        "<p>Our systems have detected unusual traffic from your computer network.</p><div class=g-recaptcha></div>",
        WallKind.CAPTCHA,
    ),
    "generic": (200, "<title>Security check</title><p>Checking your browser before you go on.</p>", WallKind.CHALLENGE),
    "in German": (403, "<p>Bitte bestätigen Sie, dass Sie kein Roboter sind.</p>", WallKind.CHALLENGE),
    "script and cookies": (
        403,
        "<title>Please wait...</title><noscript>Please enable JavaScript and cookies to continue</noscript>",
        WallKind.CHALLENGE,
    ),
    "forbidden": (403, "<title>403 Forbidden</title><h1>Forbidden</h1>", WallKind.REFUSAL),
}
WORDS = "<p>" + "This shop sells ladders of oak and ash for orchards and libraries. " * 40 + "</p>"
HONEST = {
    "an article about captchas": "<title>Are you a robot?</title><p>Sites ask you to verify you are human.</p>" + WORDS,
    "a page with Cloudflare's own script": WORDS
    + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    "a short page with Cloudflare's own script": """<p>Opening hours: 9 to 5.</p>
        <script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>""",
    "a contact form with a captcha": """<h1>Contact</h1><form><input name=q></form><div class='g-recaptcha'></div>
        <p>This site is protected by reCAPTCHA.</p>""",
    "a form that asks not to be a robot": """<h1>Comment</h1><p>Tell us what you think of our oak ladders, and how
    you use
        yours at home.</p><label>Please confirm you are not a robot</label><textarea></textarea>
    <p>Comments come at once.</p>
        <p>We read every one of them and answer most. Be kind, be brief and keep to the subject.</p>""",
    "an app that asks for scripts": "<div id=root></div><noscript>Enable JavaScript to run this app.</noscript>",
    "a login page that was asked for": "<form><input type=password></form>",
    "an empty page": "",
}


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_is_seen(name: str) -> None:
    status, html, kind = WALLS[name]
    wall = find_wall(page(html, status=status))
    assert wall is not None
    assert wall.kind is kind
    assert detect_challenge(page(html, status=status)) == wall.reason


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_page_is_no_wall(name: str) -> None:
    assert detect_challenge(page(HONEST[name])) is None


def test_a_redirect_to_a_login_or_consent_page_is_a_wall() -> None:
    login = page("<form><input type='password'></form>", final_url="https://shop.example/login?next=/things")
    assert detect_challenge(login) == "It asks to log in."
    consent = page("<h1>Before you continue</h1>", final_url="https://consent.shop.example/x")
    assert detect_challenge(consent) == "It asks for consent to cookies first."
    moved = page("<h1>Things</h1><input type=text>", final_url="https://shop.example/log-in-the-forest")
    assert detect_challenge(moved) is None


def test_a_not_found_page_is_not_called_a_wall() -> None:
    gone = page("<title>404</title><h1>Not found</h1>", status=404, outcome=FetchOutcome.NOT_FOUND)
    assert detect_challenge(gone) is None
