from __future__ import annotations

import pytest

from fetch.more_words import offers_more

SCRIPT = "<script src=/app.js></script>"


@pytest.mark.parametrize(
    "control",
    [
        "<button>Load more</button>",
        "<button class=b><span>Show 12 more</span> <svg></svg></button>",
        "<a href='#' role=button>Mehr anzeigen</a>",
        "<button type=button>Voir plus de résultats (37)</button>",
        "<button>Weitere Produkte laden</button>",
        "<a>もっと見る</a>",
        "<button>Load more (10 of 47)</button>",
        "<button>Next page</button>",
        "<a href='#' class=pager>Weiter ›</a>",
    ],
)
def test_a_button_that_shows_more_is_known_by_its_words(control):
    assert offers_more(f"<p>list</p>{control}{SCRIPT}")
    assert not offers_more(f"<p>list</p>{control}")


@pytest.mark.parametrize(
    "control",
    [
        "<a href='/list?page=2'>Load more</a>",
        "<button type=submit>Show more</button>",
        "<button>More</button>",
        "<button>Show more of what we do for the people of this town</button>",
        "<p>Load more</p>",
        "<a href='/list?page=2'>Next</a>",
        "<button class=carousel-next>Next</button>",
        "<button>",
    ],
)
def test_what_leads_elsewhere_or_says_more_of_something_else_is_none(control):
    assert not offers_more(f"<p>list</p>{control}{SCRIPT}")
