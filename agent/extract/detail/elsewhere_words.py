"""What pages write over their parts about other things and over what their readers say, and how such parts are named in
classes: in the languages that shops and journals of Europe and East Asia use most."""

from __future__ import annotations

import re

OF_OTHERS = re.compile(
    r"(?:"
    # English
    r"(?:you|we|our readers) (?:may|might|could|will|also|think|recommend|suggest)\b|related\b|recommend|similar\b|"
    r"suggest(?:ed|ions)|(?:your )?(?:recently|last|previously) (?:viewed|seen)|(?:customers?|people|others|readers) "
    r"(?:who|also|bought|viewed|loved)|(?:frequently|often) (?:bought|ordered)|bought together|(?:goes|pairs|works) "
    r"(?:well |great )?with|complete (?:the|your)\b|shop the\b|best ?sell|trending|(?:most )?popular|most "
    r"(?:read|viewed|bought)|also (?!available|known|called)|see also|read (?:next|also|more)|(?:up )?next up?$|"
    r"keep reading|more (?!info|detail|about|photo|image|picture|option|spec|colou?r|size|view|facts?\b)|"
    r"other (?!info|detail|name|spec|title|feature|seller|offer|format|edition|note|fact)|nearby|near (?:here|by|this)|"
    r"(?:from|by) the same|featured|latest|sponsored|advert|your (?:basket|cart|bag)\b|"
    # German, Dutch
    r"passt (?:gut )?dazu|(?:dazu )?passend|ähnliche|verwandte|(?:das|auch) (?:könnte|interessant)|wird oft|"
    r"kunden (?:kauften|interess|haben)|zuletzt (?:angesehen|gesehen)|weitere (?!info|detail|angabe|bild|merkmal)|"
    r"mehr (?:aus|von|vom|zum thema|artikel|rezepte)|andere (?!info|detail)|empf(?:ehl|ohl)|beliebt|meistgelesen|"
    r"lesen sie auch|in der (?:nähe|umgebung)|gerelateerde?|vergelijkbare?|aanbevolen|anderen (?:bekeken|kochten)|"
    r"klanten (?:kochten|bekeken)|misschien|recent bekeken|ook interessant|meer (?:uit|van)|lees ook|in de buurt|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"vous (?:aimerez|pourriez)|(?:produits?|articles?|recettes?) (?:similaires|associ|connexes|li[ée]s|recommand)|"
    r"similaires|les clients|souvent achet|(?:vus? )?récemment|à (?:lire|voir|découvrir) (?:aussi|également)|"
    r"(?:lire|voir) aussi|(?:d['’])?autres (?!info|détail)|dans la même|à proximité|du même|"
    r"(?:productos?|art[íi]culos?|produtos|prodotti|articoli|recetas|produse) (?:relacionad|similar|recomendad|"
    r"correlat|simil|semelhant|recomand|asem)|relacionad|(?:también|também) |(?:quizás|te puede|te podría)|similar|"
    r"recomendad|vistos? rec|(?:otr|outr)[oa]s (?!info|detal)|le[ea] también|leia também|cerca de|"
    r"correlati|(?:ti )?potrebb|consigliat|visti di recente|altr[ie] (?!info|dettagl)|leggi anche|nelle vicinanze|"
    # Polish, Czech, Scandinavian, Finnish, Russian, Ukrainian
    r"podobn|polecan|powiązan|inni |ostatnio oglądan|zobacz (?:też|także|również)|w pobliżu|související|mohlo by|"
    r"liknande|relater|lignende|läs också|les også|læs også|senast visade|sist sett|kunder (?:køpte|købte|köpte)|"
    r"katso myös|похожи|рекоменд|другие |смотрите также|с этим товаром|вы смотрели|схожі|"
    r"関連|おすすめ|最近(?:見た|チェック)|この商品を|相关|相關|推荐|推薦|猜你喜欢|관련|추천"
    r")",
    re.I,
)
OF_READERS = re.compile(
    r"[(\d\s.,)]*(?:(?:customer|user|reader|recent|latest|all|top|your|product|verified|write|read) (?:a )?)?(?:"
    r"comments?|reviews?|testimonials?|replies|responses|discussion|leave a (?:comment|reply|review)|"
    r"kommentare?|bewertungen|kundenmeinungen|kundenbewertungen|rezensionen|commentaires?|avis(?: (?:des )?clients?)?|"
    r"comentarios|opiniones|reseñas|commenti|recensioni|reacties|beoordelingen|comentários|avaliações|comentarii|"
    r"komentarze|opinie|komentáře|kommentarer|omtaler|anmeldelser|arvostelut|отзывы|комментарии|відгуки|"
    r"レビュー|コメント|评论|評論|댓글|리뷰)[\s:(\d.,)]*",
    re.I,
)
CALLED_OTHERS = re.compile(
    r"(?:related|recommended|recommendations?|similar|up-?sells?|cross-?sells?|recently-?viewed|you-?may-?also-?like)"
    r"(?:[-_]*(?:products?|items?|posts?|articles?|content|section|list|recipes|events|stories|news|things))?|"
    r"mini-?(?:cart|basket)(?:[-_]\w+)*",
    re.I,
)
CALLED_READERS = re.compile(
    r"(?:comments?|reviews?|testimonials?)(?:[-_]*(?:list|section|area|wrapper|item|thread))?", re.I
)
