"""Formulas as TeX: from what a page carries beside a drawn formula, or from MathML itself, or as the text spells it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fetch.tape import CLOSES, CONTENT, OPENS, STANDS, WithinRule, built_field, either, field, rule, tag_rule

_ANNOTATION = ".//*[local-name()='annotation'][contains(@encoding, 'tex')]"
_SCRIPT = "starts-with(@type, 'math/tex')"
# What scripts draw for the eye where the TeX stands beside it (KaTeX, MathJax 2): classes of `span`. Most spans have
# none of these: one question tells so, and within a rule, for the pattern of one costs a search through siblings.
_DRAWN = f"""
    @class[starts-with(., 'katex') or starts-with(., 'MathJax')] and (
    (@class='katex-html' and ../span[@class='katex-mathml']) or
    ((@class='MathJax' or @class='MathJax_Preview' or @class='MathJax_SVG') and
     (following-sibling::script[{_SCRIPT}] or ../following-sibling::script[{_SCRIPT}])))
"""
_WRAPPED = re.compile(r"\{\\displaystyle\s*(.*)\}", re.S)
_OPENS_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
# TeX within text, as MathJax finds it. A single dollar is money, unless a formula's marks follow.
IN_TEXT = re.compile(
    r"\\\((?P<inline>.{1,1000}?)\\\)|\\\[(?P<display>.{1,1000}?)\\\]|\$\$(?P<dollars>[^$]+)\$\$|"
    r"(?<![\w$\\])\$(?=[^\s$])(?P<dollar>[^$]{0,200}?[\\_^][^$]{0,200}?(?<!\s))\$(?![\d$])",
    re.S,
)


def _shaped(name: str, *writes: WithinRule) -> WithinRule:
    return f'<xsl:template match="{name}" mode="tex">{"".join(writes)}</xsl:template>'


def _part(number: int) -> WithinRule:
    return f'<xsl:apply-templates select="*[{number}]" mode="tex"/>'


_parts: WithinRule = '<xsl:apply-templates mode="tex"/>'
_text: WithinRule = '<xsl:value-of select="normalize-space(.)"/>'
_rest_of_row: WithinRule = '<xsl:if test="following-sibling::*"> {} </xsl:if>'
_RULES: tuple[WithinRule, ...] = (
    _shaped("text()", _text),
    _shaped("annotation|annotation-xml"),
    _shaped("mtext", r"\text{", _text, "}"),
    _shaped("mspace", " "),
    _shaped("msup|mover", "{", _part(1), "}^{", _part(2), "}"),
    _shaped("msub|munder", "{", _part(1), "}_{", _part(2), "}"),
    _shaped("msubsup|munderover", "{", _part(1), "}_{", _part(2), "}^{", _part(3), "}"),
    _shaped("mfrac", r"\frac{", _part(1), "}{", _part(2), "}"),
    _shaped("msqrt", r"\sqrt{", _parts, "}"),
    _shaped("mroot", r"\sqrt[", _part(2), "]{", _part(1), "}"),
    _shaped("mfenced", "(", _parts, ")"),
    _shaped("mtable", r"\begin{matrix}", _parts, r"\end{matrix}"),
    _shaped("mtr", _parts, _rest_of_row.format(r"\\")),
    _shaped("mtd", _parts, _rest_of_row.format("&amp;")),
)
_has_no_tex = f"not({_ANNOTATION}) and not(@alttext)"

# What a stylesheet of tapes needs for them. A formula is a tag `math`, what is drawn beside one is within `drawn`.
FORMULA_RULES: tuple[WithinRule, ...] = (
    *_RULES,
    rule(
        ["math"],
        tag_rule(
            *(STANDS, "math", field("display"), field("alttext"), field("tex", _ANNOTATION)),
            f'<xsl:if test="{_has_no_tex}">',
            built_field("shape", _parts),
            "</xsl:if>",
        ),
    ),
    rule(
        [f"script[{_SCRIPT}]"],
        tag_rule(STANDS, "math", field("tex", "."), field("display", "substring-after(@type, 'mode=')")),
    ),
    rule(["span"], either(_DRAWN, tag_rule(OPENS, "drawn") + CONTENT + tag_rule(CLOSES, "drawn"), CONTENT)),
)


def tex_of(fields: Mapping[str, str]) -> str:
    """The TeX that a tag `math` carries; empty where there is none."""
    tex = (fields.get("tex") or fields.get("alttext") or fields.get("shape") or "").strip()
    return wrapped[1].strip() if (wrapped := _WRAPPED.fullmatch(tex)) else tex


def formula(fields: Mapping[str, str]) -> str:
    """A tag `math` as markdown: its TeX between dollar signs, two where it stands alone; empty where it has none."""
    tex = tex_of(fields)
    return between_dollars(tex, is_display=fields.get("display") in ("block", "display")) if tex else ""


def between_dollars(tex: str, *, is_display: bool) -> str:
    """TeX as markdown has it, without anything that HTML would be."""
    mark = "$$" if is_display else "$"
    return mark + _OPENS_TAG.sub(r"\\lt ", " ".join(tex.split())) + mark
