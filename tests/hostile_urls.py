"""URLs that lead inside, or nowhere that pages are. A policy that names nothing refuses each."""

from __future__ import annotations

NUMERIC = """
    127.0.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.1 0 0.0.0.0 127.000.000.001
    0x0 127.0.1 0X7F.1 4294967295 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 10.1 192.168.257
    [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1] [2002:7f00:1::]
    [2001:0:7f00:1::] [fec0::1] [fd00:ec2::254] [fe80::1%25eth0] [fe80::1] [2001:db8::1] [3fff::1] [100::1] [5f00::1]
    [ff02::1] [0:0:0:0:0:ffff:7f00:0001] [::FFFF:127.0.0.1]
    10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 169.254.1.1 198.18.0.1 192.0.0.1 192.88.99.1 203.0.113.1
    240.0.0.1 224.0.0.1 255.255.255.255 100.100.100.200 192.0.0.192 168.63.129.16 169.254.170.2 169.254.170.23
"""
NAMES = """
    localhost localhost. LOCALHOST a.localhost a.b.localhost. host.docker.internal redis postgres metadata
    metadata.google.internal METADATA.google.internal. kubernetes.default.svc kubernetes.default.svc.cluster.local
    printer.local router.lan nas.home box.home.arpa wiki.corp intranet db.internal localhost.localdomain x.onion
    1.0.0.127.in-addr.arpa xn--localhost-
"""
SPELLINGS = [
    "http://１２７.０.０.１/",  # fullwidth digits
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",  # ideographic full stops
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://loc\u00adalhost/",  # soft hyphen
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1:p\\@evil.test",
    "http://evil.test@127.0.0.1/",
    "evil.test@127.0.0.1",
    "http://user:secret@example.com/",
    "http://127.0.0.1#@evil.test/",
    "http://127.0.0.1\\@evil.test/",
    "http://127.0.0.1?@evil.test/",
    "evil.test#@127.0.0.1",
    "HTTP://127.0.0.1/",
    "ht\ttp://127.0.0.1/",
    "http://127.0.\n0.1/",
    "  http://127.0.0.1/  ",
    "\x00http://127.0.0.1/",
    "http:127.0.0.1",
    "http:/127.0.0.1",
    "http:///127.0.0.1",
    "http:\\\\127.0.0.1",
    "\\\\localhost\\etc\\passwd",
    "//localhost/etc/passwd",
    "http://[example.com]/",
    "http://[::1",
    "http://exa\x00mple.com/",
    "http://example.com:99999/",
    "http://example.com:-1/",
    "http://" + "a" * 65_536 + ".com/",
    "http://example.com/" + "a" * 65_536,
    "http://" + ".".join(["a" * 63] * 5) + "/",
    "http://\ud800.com/",
    "http://xn--\u00fc.com/",
    "http://xn--999999999.com/",
    "http://exa mple.com/",
    "http://a..b/",
    "",
    "   ",
    "example.com",
    "/path",
    "http://",
    "https://?",
]
SCHEMES = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "view-source:file:///etc/passwd",
    "view-source:http://example.com/",
    "chrome://settings",
    "about:blank",
    "data:text/html,hi",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "blob:http://example.com/1",
    "filesystem:http://example.com/temporary/x",
    "ftp://example.com/",
    "gopher://example.com/_",
    "dict://example.com/",
    "ldap://example.com/",
    "smb://example.com/",
    "intent://example.com/#Intent;end",
    "ws://example.com/",
    "wss://example.com/",
    "mailto:a@example.com",
]
PORTS = (1, 22, 23, 25, 53, 110, 143, 445, 2375, 5432, 6379, 9222, 11211, 27017, 65535)
