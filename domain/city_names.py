"""The names of well-known cities in several languages, and their countries: what an address may call the same place,
and what a town elsewhere may share."""

from __future__ import annotations

from functools import cache

from domain.words import fold

_CITIES = """
    AE Dubai,دبي,迪拜,두바이,Дубай; AE Abu Dhabi,أبوظبي,أبو ظبي,阿布扎比; AR Buenos Aires; AT Vienna,Wien,Vienne,
    Viena,Wenen,Wiedeń,Вена,维也纳,빈,فيينا,Viyana; AT Salzburg,Salzbourg,Salisburgo; AU Sydney,悉尼,시드니,سيدني;
    AU Melbourne,墨尔本,멜버른; BE Brussels,Brüssel,Bruxelles,Brussel,Bruselas,Bruksela,Брюссель,布鲁塞尔,브뤼셀,
    بروكسل; BE Antwerp,Antwerpen,Anvers,Amberes,Anversa; BE Ghent,Gent,Gand,Gante; BE Bruges,Brugge,Brügge,Brujas;
    BR São Paulo,圣保罗,상파울루; BR Rio de Janeiro; BG Sofia,София; CA Toronto,多伦多,토론토,تورونتو; CA Montreal,
    Montréal; CA Vancouver,温哥华,밴쿠버; CH Zurich,Zürich,Zurigo,苏黎世,취리히,زيورخ,Zürih; CH Geneva,Genève,Genf,
    Ginebra,Ginevra,Genebra,Женева,日内瓦,제네바,جنيف,Cenevre; CH Basel,Bâle,Basilea; CN Beijing,Peking,Pékin,Pekín,
    Pechino,Пекин,北京,베이징,بكين,Pekin; CN Shanghai,上海,상하이,شنغهاي,Шанхай,Şanghay; CN Guangzhou,广州,廣州,
    광저우; CN Shenzhen,深圳,선전; CN Hangzhou,杭州; CN Chengdu,成都; CN Nanjing,南京; CN Wuhan,武汉; CN Hong Kong,
    香港,홍콩,هونغ كونغ; CZ Prague,Prag,Praha,Praga,Прага,布拉格,프라하,براغ; DE Berlin,柏林,베를린,برلين,Берлин,
    Berlino,Berlijn,Berlim,Berlín; DE Munich,München,Monaco di Baviera,Monachium,Мюнхен,慕尼黑,뮌헨,ميونخ,Münih,
    Múnich,Munique; DE Cologne,Köln,Keulen,Colonia,Kolonia,Кёльн,科隆,쾰른; DE Hamburg,Hambourg,Hamburgo,Amburgo,
    Гамбург,汉堡,함부르크,هامبورغ; DE Frankfurt,Francfort,Fráncfort,Francoforte,法兰克福,프랑크푸르트,فرانكفورت,
    Франкфурт; DE Nuremberg,Nürnberg,Norimberga; DK Copenhagen,København,Kopenhagen,Copenhague,Copenaghen,Kopenhaga,
    Копенгаген,哥本哈根,코펜하겐,كوبنهاغن; EG Cairo,القاهرة,Kairo,Le Caire,El Cairo,开罗,카이로,Kahire; ES Madrid,
    马德里,마드리드,مدريد,Мадрид; ES Barcelona,Barcelone,Barcellona,巴塞罗那,바르셀로나,برشلونة,Барселона,Barselona;
    ES Seville,Sevilla,Séville,Siviglia; ES Valencia,València; FI Helsinki,Helsingfors; FR Paris,París,Parigi,
    Parijs,Paryż,Париж,巴黎,파리,باريس; FR Lyon,Lione,里昂,리옹,ليون; FR Marseille,Marseilles,Marsella,Marsiglia,
    马赛,مارسيليا; FR Nice,Nizza,Niza; FR Strasbourg,Straßburg,Estrasburgo; GB London,Londres,Londra,Londen,Londyn,
    Лондон,伦敦,倫敦,런던,لندن,ロンドン; GB Edinburgh,Édimbourg,Edimburgo,爱丁堡,에든버러; GB Manchester,曼彻斯特,
    맨체스터,مانشستر; GB Birmingham,伯明翰,برمنغهام; GB Oxford,牛津; GB Cambridge,剑桥; GR Athens,Athen,Athènes,
    Atenas,Atene,Ateny,Αθήνα,Афины,雅典,아테네,أثينا,Atina; HU Budapest,Будапешт; IE Dublin,Dublín,Dublino,都柏林,
    더블린,دبلن; IL Jerusalem,القدس; IN Mumbai,Bombay,مومباي,孟买,뭄바이; IN Delhi,德里,델리; IT Rome,Roma,Rom,Rzym,
    Рим,罗马,羅馬,로마,روما; IT Milan,Milano,Mailand,Milán,Milão,Mediolan,Милан,米兰,밀라노,ميلانو; IT Florence,
    Firenze,Florenz,Florencia,Florença,Florencja,佛罗伦萨,피렌체; IT Venice,Venezia,Venedig,Venise,Venecia,Veneza,
    Wenecja,Венеция,威尼斯,베네치아,Venedik; IT Naples,Napoli,Neapel,Nápoles,Neapol,那不勒斯,나폴리; IT Turin,
    Torino,Turín,Turyn,都灵; IT Genoa,Genova,Genua,Gênes,Génova; JP Tokyo,東京,东京,도쿄,طوكيو,Tokio,Токио;
    JP Osaka,大阪,오사카; JP Kyoto,京都,교토,Kioto; KR Seoul,서울,首尔,首爾,ソウル,سيول,Сеул,Séoul,Seúl,Seul;
    KR Busan,부산,釜山; KR Incheon,인천; KR Daegu,대구; KR Jeju,제주,제주도; LB Beirut,بيروت; MA Casablanca,
    الدار البيضاء; MX Mexico City,Ciudad de México; MY Kuala Lumpur,吉隆坡; NL Amsterdam,阿姆斯特丹,암스테르담,
    أمستردام,Амстердам,Ámsterdam; NL The Hague,Den Haag,La Haye,La Haya,L'Aia; NL Rotterdam; NO Oslo,奥斯陆,오슬로,
    أوسلو; PL Warsaw,Warszawa,Warschau,Varsovie,Varsovia,Varsavia,Варшава,华沙,바르샤바,وارسو,Varşova; PL Krakow,
    Kraków,Krakau,Cracow,Cracovie,Cracovia,Краков; PL Wrocław,Breslau; PL Gdańsk,Danzig; PT Lisbon,Lisboa,Lissabon,
    Lisbonne,Lisbona,Lizbona,Лиссабон,里斯本,리스본,لشبونة,Lizbon; PT Porto,Oporto; QA Doha,الدوحة; RO Bucharest,
    București,Bukarest,Bucarest; RS Belgrade,Beograd,Belgrad; RU Moscow,Москва,Moskau,Moscou,Moscú,Mosca,Moskwa,
    莫斯科,모스크바,موسكو,Moskova; RU Saint Petersburg,St Petersburg,Санкт-Петербург; SA Riyadh,الرياض,利雅得;
    SA Jeddah,جدة; SE Stockholm,Estocolmo,Stoccolma,Sztokholm,斯德哥尔摩,스톡홀름,ستوكهولم; SE Gothenburg,Göteborg;
    SG Singapore,新加坡,싱가포르,سنغافورة; TH Bangkok,曼谷,방콕,بانكوك; TR Istanbul,İstanbul,إسطنبول,伊斯坦布尔,
    이스탄불,Estambul,Стамбул; TR Ankara,أنقرة,安卡拉; TR Izmir,İzmir,Smyrna; TW Taipei,台北,臺北,타이베이; UA Kyiv,
    Kiev,Київ,Киев; US New York,纽约,紐約,뉴욕,نيويورك,Нью-Йорк,Nueva York,Nowy Jork,ニューヨーク; US Los Angeles,
    洛杉矶,로스앤젤레스,لوس أنجلوس; US San Francisco,旧金山,샌프란시스코; US Chicago,芝加哥,시카고,شيكاغو;
    US Boston,波士顿,보스턴; US Seattle,西雅图,시애틀; US Houston,休斯顿
"""


@cache
def _cities() -> dict[str, tuple[str, frozenset[str]]]:
    """By each folded name: the country and all the names."""
    known: dict[str, tuple[str, frozenset[str]]] = {}
    for line in " ".join(_CITIES.split()).split(";"):
        code, _, names = line.strip().partition(" ")
        folded = frozenset(fold(name) for name in names.split(","))
        known |= dict.fromkeys(folded - known.keys(), (code, folded))
    return known


def names_of_city(name: str) -> frozenset[str]:
    """All that a well-known city is called, folded; empty where it is none that we know."""
    return _cities().get(fold(name), ("", frozenset()))[1]


def country_of_city(name: str) -> str:
    """ISO 3166 of the country of the well-known city of that name."""
    return _cities().get(fold(name), ("", frozenset()))[0]
