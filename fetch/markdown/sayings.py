"""What chrome says, and what content is introduced by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.tokens import Tokens

# Words, or two of them joined. Short blocks only: in a sentence these are words like others.
_SAYINGS = (
    "copyright rights_reserved rechte_vorbehalten droits_réservés powered_by",
    "cookie cookies privacy terms imprint impressum datenschutz accessibility gdpr not_sell conditions disclaimer",
    "subscribe newsletter sign_up signup your_email join_us join_our join_now get_updates abonnieren inscrivez",
    "log_in login sign_in signin register create_an create_account my_account forgot password anmelden connexion",
    "share tweet facebook twitter linkedin whatsapp pinterest instagram youtube follow copy_link print tiktok reddit",
    "read_more learn_more see_more view_all show_more see_all view_more load_more more_info continue_reading",
    "related you_may you_might also_like recommended similar popular trending more_from most_read up_next don_t",
    "add_to buy_now warenkorb checkout quick_view quick_shop quick_add notify_me sold_out out_of buy_it",
    "sort sort_by filter filters refine results showing per_page clear_all categories in_stock availability relevance",
    "skip_to menu toggle close open back_to previous next home search loading expand collapse scroll back",
    "reply quote report upvote downvote vote likes like reaction reactions joined member_since messages posts views",
    "by written_by author published posted_on posted_by updated min_read minute_read reviewed_by von",
    "review reviews rating ratings stars out_of customers verified write_a",
    "comment comments leave_a join_the kommentar kommentare commentaires",
    "advertisement sponsored promoted affiliate ad ads ad_choices",
    "table_of in_this on_this contents jump_to key_takeaways overview toc",
    "description details specification specifications features ingredients dimensions material materials warranty",
    "contact about_us careers help support faq faqs customer_service store_locator blog press our_company jobs",
    "edit_this report_an was_this helpful feedback last_updated last_modified view_source found_a",
    "call book_now book_a get_a get_your get_started request schedule free_trial free_quote shop_now donate",
    "shipping delivery",
    "all_rights",
)
_SAYING_OF = {word: at for at, words in enumerate(_SAYINGS) for word in words.split()}
SAYING_STARTS = frozenset(saying.partition("_")[0] for saying in _SAYING_OF)
SAYINGS = len(_SAYINGS)
LONGEST = 14  # words


def mark_sayings(columns: NDArray[np.float32], said: Tokens, counts: NDArray[np.floating]) -> None:
    """Mark in a row for each block what it says. `counts` are the blocks' words; the last vocabulary of the tokens is
    `SAYING_STARTS`."""
    is_short = counts <= LONGEST
    starts = np.flatnonzero(said.marks & said.last_vocabulary)
    words, blocks = said.words, said.blocks[starts]
    starts, blocks = starts[is_short[blocks]], blocks[is_short[blocks]]
    for at, block in zip(starts.tolist(), blocks.tolist(), strict=True):
        for saying in (words[at], f"{words[at]}_{words[at + 1]}"):
            if saying in _SAYING_OF:
                columns[block, _SAYING_OF[saying]] = 1.0
    columns[:, -1] += ["©" in text for text in said.lowered] & is_short
