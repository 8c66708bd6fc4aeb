"""Pages that stand between us and the page: bot challenges, consent walls, logins, refusals.

Text such as "verify you are human" or a vendor's script is on many honest pages as well. So a page is a wall only when
it shows little else: what a vendor writes into its walls alone is enough on a short page, and words alone are enough
only when they make up the page.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.pages import FetchOutcome, Page
from domain.urls import parse_url

SHORT = 1500  # characters of text: the wordiest walls (Imperva, Google's "unusual traffic") have about 900
TERSE = 500  # a page of nothing but a wall's sentence and its fine print
HEAD = 60_000  # characters of source that are looked at; walls are small, and marks stand early


class WallKind(StrEnum):
    CHALLENGE = "challenge"  # scripts decide; a browser may pass it by waiting
    CAPTCHA = "captcha"  # a person has to do something
    REFUSAL = "refusal"  # no way past
    CONSENT = "consent"
    LOGIN = "login"


class Wall(msgspec.Struct, frozen=True):
    """What stands there, in a line for people, and of which kind it is."""

    kind: WallKind
    reason: str


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I | re.S)


# What vendors write into the source of their walls, in lower case. Their scripts on honest pages (Cloudflare's `/jsd/`,
# PerimeterX's sensor, DataDome's tags, Imperva's `SWJIYLWA`) are not listed: only what the wall itself needs.
_MARKS: tuple[tuple[tuple[str, ...], Wall], ...] = (
    (
        ("_cf_chl_opt", "orchestrate/chl_page", "orchestrate/managed", "orchestrate/jsch", "cf-browser-verification"),
        Wall(WallKind.CHALLENGE, "Cloudflare asks for a browser check."),
    ),
    (("captcha-delivery.com/", "var dd={'rt':"), Wall(WallKind.CAPTCHA, "DataDome asks for a captcha.")),
    (
        ("px-captcha", "captcha.px-cdn.net", "captcha.px-cloud.net"),
        Wall(WallKind.CAPTCHA, "PerimeterX asks to press and hold."),
    ),
    (("errors.edgesuite.net/", "reference&#32;&#35;"), Wall(WallKind.REFUSAL, "Akamai refuses us.")),
    (
        ("sec-if-cpt-container", "sec-bc-text-container", "/akam-challenge"),
        Wall(WallKind.CHALLENGE, "Akamai asks for a browser check."),
    ),
    (
        ("_incapsula_resource?swudnsai", "_incapsula_resource?cwudnsai", "incapsula incident id"),
        Wall(WallKind.CHALLENGE, "Imperva asks for a browser check."),
    ),
    (
        ("awswafintegration.checkforcerefresh", "window.gokuprops", "distil_r_captcha", "sucuri_cloudproxy_js"),
        Wall(WallKind.CHALLENGE, "A bot guard asks for a browser check."),
    ),
    (
        ("ips.js?kp_uidz", "vercel security checkpoint"),
        Wall(WallKind.CHALLENGE, "A bot guard asks for a browser check."),
    ),
)
_CAPTCHA_WIDGETS = (
    "hcaptcha.com/",
    "h-captcha",
    "g-recaptcha",
    "google.com/recaptcha/",
    "recaptcha.net/",
    "challenges.cloudflare.com/turnstile",
    "cf-turnstile",
    "arkoselabs.com",
    "geetest",
)
_HUMAN = _any(
    r"verify (?:that )?(?:you are|you're|you’re) (?:a )?(?:human|not a (?:ro)?bot)",
    r"(?:confirm|prove|make sure) (?:that )?you(?: are|'re|’re) (?:a )?(?:human|not a (?:ro)?bot)",
    r"are you (?:a )?(?:human|robot)\b\s*\?",
    r"\bi am not a robot\b|\bi'm not a robot\b",
    r"checking (?:if the site connection is secure|your browser)",
    r"unusual (?:traffic|activity) (?:from|coming from|on) your",
    r"(?:automated|bot) (?:traffic|access|requests?|activity) (?:from|has been|was|is) ",
    r"press (?:&|and) hold",
    r"complete the (?:security check|captcha)",
    r"bestätigen sie,? dass sie (?:ein mensch|kein (?:ro)?bot)",
    r"vérifi\w+ que vous (?:êtes|n'êtes pas|n’êtes pas) (?:un )?(?:humain|robot)",
    r"(?:verifi\w+|confirm\w+|demuestr\w+) que (?:no )?eres (?:un )?(?:humano|robot)",
)  # fmt: skip
_SCRIPTS = _any(
    r"(?:please )?(?:enable|turn on) (?:javascript and cookies|cookies and javascript|js and cookies)",
    r"(?:javascript|js) (?:and cookies )?(?:is|are) (?:required|disabled).{0,60}(?:continue|access|proceed)",
)
_TITLES = _any(
    r"^just a moment\.*…?$", r"^attention required! \| cloudflare$", r"^access (?:to this page has been )?denied\.?$",
    r"^(?:please wait|one moment|un momento|un instant|einen moment)[.…!, ]*(?:please)?$",
    r"^pardon our interruption\.*$",
    r"^(?:are you (?:a )?(?:human|robot)|robot check|bot verification|human verification|security check(?:point)?)\??$",
    r"^(?:403 )?forbidden$", r"^request (?:rejected|blocked|unsuccessful)\.?$", r"^you have been blocked$",
    r"^ddos-guard$", r"^verifying (?:your|you are).{0,40}$",
)  # fmt: skip
_DENIED = _any(
    r"access (?:to this page (?:has been|is) )?denied",
    r"you (?:have been|are|were) blocked",
    r"request (?:was )?(?:rejected|blocked)",
    r"you don'?t have permission to access", r"not available in your (?:country|region)",
)  # fmt: skip
_CONSENT_HOST = re.compile(r"^(?:consent|guce|privacy-?mgmt|cmp)\.", re.I)
_CONSENT = _any(
    r"before you continue",
    r"we (?:value|care about) your privacy",
    r"accept all (?:cookies)?",
    r"alle akzeptieren",
    r"tout accepter",
)
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|signon|auth(?:enticate|wall)?|sso|account/login|session/new|users/sign_in)\b", re.I
)
_NOSCRIPT = re.compile(r"<noscript[^>]{0,200}>(.{0,2000}?)</noscript>", re.I | re.S)
_PASSWORD = re.compile(r"<input\b[^>]{0,400}?\btype\s*=\s*[\"']?password", re.I)


def detect_challenge(page: Page) -> str | None:
    """Why this page is not the page that was asked for, in a line for people; None where it may well be."""
    wall = find_wall(page)
    return wall.reason if wall else None


def find_wall(page: Page) -> Wall | None:
    """The wall that this page is, if it is one. Looks at source, text, title, status and where it led."""
    if not page.html or len(page.text) > SHORT:
        return None
    return _vendor_wall(page) or _worded_wall(page) or _consent_or_login(page)


def _vendor_wall(page: Page) -> Wall | None:
    source = page.html[:HEAD].lower()
    return next((wall for marks, wall in _MARKS if any(mark in source for mark in marks)), None)


def _worded_wall(page: Page) -> Wall | None:
    text, title = page.text, page.title.strip()
    refused = page.outcome is FetchOutcome.BLOCKED or page.status == 503
    # A wall's own title, a widget to prove oneself by, or a refusing status makes such words mean what they say.
    is_titled = bool(_TITLES.search(title))
    source = page.html[:HEAD].lower()
    has_widget = any(mark in source for mark in _CAPTCHA_WIDGETS)
    terse = len(text) <= TERSE
    if _HUMAN.search(text) or _HUMAN.search(title):
        if has_widget and (terse or is_titled or refused):
            return Wall(WallKind.CAPTCHA, "It asks to prove that one is human.")
        if is_titled or refused or (terse and _is_most_of(_HUMAN, text)):
            return Wall(WallKind.CHALLENGE, "It asks to prove that one is human.")
    if _SCRIPTS.search(_seen_or_not(page)) and terse and (is_titled or refused):
        return Wall(WallKind.CHALLENGE, "It asks to enable scripts and cookies.")
    if is_titled and terse and (refused or _DENIED.search(text)):
        return Wall(WallKind.REFUSAL, "It denies access.")
    return None


def _is_most_of(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the sentence that says so is a good part of all that the page says."""
    found = pattern.search(text)
    return found is not None and len(text) <= 8 * len(found.group())


def _seen_or_not(page: Page) -> str:
    """The text together with what is for browsers without scripts: that is where walls ask for them."""
    return (
        page.text + " " + " ".join(re.findall(r"<noscript[^>]*>(.{0,2000}?)</noscript>", page.html[:HEAD], re.I | re.S))
    )


def _consent_or_login(page: Page) -> Wall | None:
    if page.final_url == page.url:
        return None  # whoever asks for a login page by its address gets it
    try:
        asked, shown = parse_url(page.url), parse_url(page.final_url)
    except InvalidInput:
        return None
    if _CONSENT_HOST.match(shown.host) and not _CONSENT_HOST.match(asked.host) and _CONSENT.search(page.text):
        return Wall(WallKind.CONSENT, "It asks for consent to cookies first.")
    if _LOGIN_PATH.search(shown.href) and not _LOGIN_PATH.search(asked.href) and _PASSWORD.search(page.html):
        return Wall(WallKind.LOGIN, "It asks to log in.")
    return None
