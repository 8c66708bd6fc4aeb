"""One Target of a bulk job: asked for as its options say, over HTTP or in a browser, and again where that may help."""
