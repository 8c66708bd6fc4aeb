"""Kinds of things that people ask for, under schema.org's names, with the fields worth having when none are named."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from agent.planner.words_elsewhere import THINGS
from agent.words import fold, singular
from domain.fields import Field, make_field


class EntityType(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are singular nouns, in any language, whose things are of this type; `fields` are its default fields."""

    name: str
    words: frozenset[str]
    fields: tuple[str, ...]


def _type(name: str, words: str, fields: str) -> EntityType:
    every = [*words.split(","), *THINGS.get(name, words).split(",")]
    return EntityType(name=name, words=frozenset(map(fold, every)), fields=tuple(fields.split()))


_PLACE = "name address phone website rating"

CATALOGUE: tuple[EntityType, ...] = (
    _type(
        "Dentist",
        "dentysta,dentyści,stomatolog,stomatolodzy,dentystów,стоматолог,стоматологи,стоматология,стоматологии,"
        "стоматологов,歯医者,歯科,歯科医院,牙医,"
        "dentist,dental clinic,dental practice,orthodontist,zahnarzt,zahnärzte,dentiste,dentista,dentisti,"
        "tandarts,tandartsen",
        "name address phone email website rating",
    ),
    _type(
        "Physician",
        "lekarz,lekarze,apteka,apteki,szpital,szpitale,врач,врачи,врачей,аптека,аптеки,больница,больницы,клиника,"
        "клиники,病院,薬局,クリニック,"
        "doctor,physician,clinic,surgeon,therapist,psychologist,veterinarian,vet,pharmacy,hospital,arzt,ärzte,klinik,"
        "apotheke,médecin,pharmacie,médico,clínica,farmacia,medico,ospedale",
        "name specialty address phone website rating",
    ),
    _type(
        "Restaurant",
        "restauracja,restauracje,kawiarnia,kawiarnie,ресторан,рестораны,ресторанов,кафе,бар,бары,レストラン,カフェ,居酒屋,ラーメン屋,"
        "restaurant,cafe,café,bar,pub,bakery,pizzeria,bistro,coffee shop,diner,gaststätte,bäckerei,boulangerie,"
        "brewery,brasserie,"
        "restaurante,panadería,cafetería,ristorante,ristoranti,panetteria,trattoria,pizzerie",
        "name cuisine address phone website rating price_range",
    ),
    _type(
        "TouristAttraction",
        "muzeum,muzea,музей,музеи,музеев,博物館,美術館,"
        "museum,museen,gallery,art gallery,castle,zoo,aquarium,attraction,tourist attraction,sight,musée,museo,museos,"
        "musei,galleria,château,castillo,castello,schloss,sehenswürdigkeit,musea,museu,museus",
        "name address opening_hours price phone website",
    ),
    _type(
        "Hotel",
        "hotele,отель,отели,отелей,гостиница,гостиницы,ホテル,旅館,"
        "hotel,hostel,guesthouse,resort,motel,apartment hotel,bed and breakfast,campsite,ferienwohnung,pension,hôtel,"
        "hotéis,auberge,camping,hostal,albergo,alberghi,agriturismo,agriturismi",
        "name address price rating reviews website",
    ),
    _type(
        "Attorney",
        "adwokat,adwokaci,prawnik,prawnicy,юрист,юристы,адвокат,адвокаты,弁護士,"
        "lawyer,attorney,law firm,notary,solicitor,anwalt,anwälte,rechtsanwalt,kanzlei,notar,avocat,notaire,abogado,"
        "notario,avvocato,notaio",
        "name specialty address phone email website",
    ),
    _type(
        "LocalBusiness",
        "sklep,sklepy,fryzjer,fryzjerzy,hydraulik,hydraulicy,магазин,магазины,салон,салоны,парикмахерская,"
        "парикмахерские,美容院,"
        "business,shop,store,salon,gym,plumber,electrician,contractor,mechanic,florist,photographer,agency,"
        "hairdresser,barber,spa,yoga studio,dealer,repair shop,roofer,painter,cleaner,bank,library,geschäft,laden,"
        "friseur,magasin,plombier,coiffeur,boutique,co-working space,coworking space,playground,"
        "idraulici,parrucchieri,klempner,tienda,peluquería,fontanero,negozio,parrucchiere,idraulico",
        _PLACE,
    ),
    _type(
        "Organization",
        "company,startup,firm,organization,organisation,nonprofit,charity,ngo,manufacturer,supplier,vendor,investor,"
        "venture capital firm,accelerator,firma,unternehmen,entreprise,société,empresa,azienda,impresa",
        "name website industry location founded employees description",
    ),
    _type(
        "Person",
        "person,people,ceo,founder,professor,researcher,politician,actor,athlete,player,speaker,expert,employee,"
        "president,winner,laureate,engineer,developer,designer,scientist,artist,author,personne,persona",
        "name role organization location website",
    ),
    _type(
        "Product",
        "laptopy,buty,telefon komórkowy,ноутбук,ноутбуки,ноутбуков,смартфон,смартфоны,товар,товары,ノートパソコン,商品,"
        "dress,jacket,shirt,coat,trouser,t shirt,boot,sneaker,tool,"
        "board game,card game,video game,computer game,"
        "product,laptop,phone,smartphone,headphone,shoe,camera,tv,television,monitor,tablet,watch,bike,bicycle,toy,"
        "item,gadget,furniture,chair,desk,mattress,appliance,keyboard,mouse,printer,router,produkt,produit,producto,"
        "prodotto,ordinateur,portátil,schuh,chaussure,zapato,scarpa,fahrrad,"
        "fahrräder,vélo,bicicleta,fiets,fietsen",
        "name price currency brand sku availability rating image url",
    ),
    _type(
        "Book",
        "książka,książki,boek,boeken,книга,книги,книг,livro,livros,本,"
        "book,novel,textbook,audiobook,buch,bücher,livre,libro,libri",
        "title author price isbn publisher published rating",
    ),
    _type("Movie", "movie,film,documentary,película", "title year director rating genre duration"),
    _type("TVSeries", "tv show,tv series,series,anime,serie,série", "title year network seasons rating genre"),
    _type("MusicRecording", "song,album,track,single,lied,chanson,canción,canzone", "title artist album year duration"),
    _type(
        "JobPosting",
        "praca,oferta pracy,oferty pracy,вакансия,вакансии,вакансий,работа,求人,"
        "vaga,vagas,vacature,vacatures,stellenangebot,stellenangebote,stellen,"
        "job,vacancy,position,opening,internship,career,role,stelle,job offer,emploi,offre d emploi,stage,empleo,"
        "trabajo,lavoro,offerta di lavoro",
        "title company location salary date_posted employment_type url",
    ),
    _type(
        "Event",
        "koncert,koncerty,wydarzenia,концерт,концерты,концертов,мероприятие,мероприятия,コンサート,イベント,concertos,eventos,"
        "event,concert,conference,meetup,festival,exhibition,workshop,webinar,show,hackathon,game,match,veranstaltung,"
        "konzert,konzerte,konferenz,veranstaltungen,événement,évènement,exposition,evento,concierto,exposición,"
        "concerto,mostra,fiera",
        "name start_date end_date location price url",
    ),
    _type(
        "Recipe",
        "przepis,przepisy,рецепт,рецепты,рецептов,レシピ,recept,recepten,receita,receitas,"
        "recipe,dish,rezept,rezepte,recette,receta,ricetta,ricette",
        "title ingredients total_time servings author rating url",
    ),
    _type(
        "NewsArticle",
        "новость,новости,статья,статьи,ニュース,"
        "article,news,news article,story,headline,press release,artikel,nachricht,actualité,noticia,artículo,notizia,"
        "articolo",
        "title author published summary url",
    ),
    _type("BlogPosting", "blog,blog post,post,beitrag,billet,entrada", "title author published summary url"),
    _type(
        "ScholarlyArticle",
        "paper,study,publication,preprint,thesis,journal article,dissertation",
        "title authors published journal doi abstract",
    ),
    _type(
        "Course",
        "course,class,bootcamp,program,degree,master program,training,tutorial,kurs,studiengang,cours,formation,curso,"
        "corso",
        "title provider price duration start_date url",
    ),
    _type(
        "CollegeOrUniversity",
        "szkoła,szkoły,школа,школы,университет,университеты,大学,学校,"
        "university,college,school,kindergarten,universität,schule,hochschule,université,école,universidad,escuela,"
        "università,scuola",
        "name location website phone students",
    ),
    _type(
        "RealEstateListing",
        "mieszkanie,mieszkania,квартира,квартиры,квартир,マンション,アパート,"
        "apartment,house,flat,home,property,listing,room,condo,villa,wohnung,wohnungen,mietwohnung,mietwohnungen,"
        "huurwoning,huurwoningen,haus,häuser,appartement,maison,piso,casa,"
        "apartamento,appartamento,immobilie",
        "title price address bedrooms area url",
    ),
    _type(
        "Car", "car,vehicle,truck,motorcycle,van,suv,auto,voiture,coche,macchina", "name price year mileage model url"
    ),
    _type(
        "SoftwareApplication",
        "software,app,tool,plugin,library package,repository,saas,framework,extension,api,open source project,"
        "anwendung,logiciel,aplicación",
        "name description price license website rating",
    ),
    _type(
        "Place",
        "city,town,country,park,beach,mountain,lake,airport,station,landmark,island,state,stadt,land,ville,pays,"
        "ciudad,città,städte,länder,playa,paese,paesi",
        "name location country population website",
    ),
    _type("Review", "review,comment,testimonial,bewertung,avis,reseña,recensione", "author rating date text"),
    _type("Quotation", "quote,quotation,zitat,citation,cita,citazione", "text author tags"),
    _type(
        "CourtCase",
        "court case,case,opinion,ruling,judgment,lawsuit,docket,urteil,jugement,sentencia,sentenza",
        "name date docket court url",
    ),
)

# What any thing has when its type is not known.
UNKNOWN = EntityType(name="Thing", words=frozenset(), fields=("name", "description", "url"))


@cache
def _by_word() -> dict[str, EntityType]:
    return {singular(word): entity for entity in reversed(CATALOGUE) for word in entity.words}


# Of a word that names something else in another language.
_ELSEWHERE = {("it", "case"): "casa"}


def type_of(entity: str, language: str = "en") -> EntityType:
    """The type whose word ends the phrase ("vegan restaurant"), stands in it ("university in exile"), or `UNKNOWN`."""
    head = re.split(r" (?:of|with|about|for|near) ", fold(entity))[0].split()
    words = [singular(_ELSEWHERE.get((language, word), word)) for word in head]
    known = _by_word()
    for start in range(len(words)):  # the longest phrase at the end, where English keeps the head noun
        if found := known.get(" ".join(words[start:])):
            return found
    for word, said in zip(words, head, strict=True):  # at the beginning, where Romance languages keep it
        endings = (word, re.sub(r"es?$", "", word), said.removesuffix("s"), said.removesuffix("en"))
        if found := next((known[each] for each in endings if each in known), None):
            return found
    return _by_ending(fold(entity)) if _UNSPACED.search(entity) else UNKNOWN


_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def _by_ending(phrase: str) -> EntityType:
    """Of words written without spaces: 素食餐厅 ends in 餐厅."""
    ends = (phrase[start:] for start in range(len(phrase)))
    return next((known for end in ends if (known := _by_word().get(end))), UNKNOWN)


def type_in_a_place(entity: EntityType) -> EntityType:
    """What has no type of its own and is looked for somewhere ("coffee roasters in Leeds") is most often a business."""
    return next(each for each in CATALOGUE if each.name == "LocalBusiness") if entity is UNKNOWN else entity


def default_fields(entity: EntityType) -> tuple[Field, ...]:
    """The first is what the thing is called: without it there is no thing."""
    first, *rest = entity.fields
    many = {"ingredients", "authors", "tags"}
    return (
        make_field(first, required=True),
        *(make_field(name, "list" if name in many else None) for name in rest),
    )
