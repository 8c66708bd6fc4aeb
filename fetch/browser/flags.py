"""How Chromium is started. Every flag closes a way around the egress door, bounds what a page may take, or saves work
that nobody needs."""

from __future__ import annotations

HEAP_MB = 512  # of one page's scripts; past it V8 ends the page, not the machine

GUARD_FLAGS = (
    # Full Chromium obeys one spelling, its headless shell the other. Without them WebRTC sends UDP past the proxy.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    # Only the proxy's own address may be resolved: a connection that forgets the proxy fails instead of going direct.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-pings",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-file-system",
    "--block-new-web-contents",  # of the headless shell: no popups; full Chromium's are closed as they come
)
BOUND_FLAGS = ("--mute-audio", f"--js-flags=--max-old-space-size={HEAP_MB}")
# For whoever reads pages. Whoever clicks in them, or takes pictures, needs them drawn.
UNDRAWN_FLAGS = (
    # The page is drawn on one thread: a quarter less processor time, the same document, and no frames.
    "--disable-threaded-compositing",
    "--disable-threaded-animation",
    "--disable-remote-fonts",
    "--blink-settings=imagesEnabled=false",
)
# All frames of a page in one process: what a session asks for holds for all of them.
ONE_PROCESS_FLAG = "--disable-site-isolation-trials"
# Playwright switches these protections off, for tests that open popups and change history at will.
RESTORED_PROTECTIONS = ("--disable-popup-blocking", "--disable-ipc-flooding-protection")
# Of several lists of features Chromium obeys the last: what Playwright switches off stands here again.
PLAYWRIGHT_FEATURES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
# A frame, a widget and a compositor of its own for each document, of one site as well: a fifth of what a picture costs
# where pages are used again, a tenth of what reading one does. It parts no sites from each other; site isolation does.
FEATURES_FLAG = f"--disable-features={','.join((*PLAYWRIGHT_FEATURES_OFF, 'RenderDocument'))}"


def flags_for(*, draws: bool, frames_apart: bool) -> tuple[str, ...]:
    """`draws`: pages are drawn with their pictures and fonts. `frames_apart`: frames of other sites may have processes
    of their own."""
    undrawn = () if draws else UNDRAWN_FLAGS
    one_process = () if frames_apart else (ONE_PROCESS_FLAG,)
    return (*GUARD_FLAGS, *BOUND_FLAGS, FEATURES_FLAG, *undrawn, *one_process)
