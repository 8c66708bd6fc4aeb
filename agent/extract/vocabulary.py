"""What pages call the things that are asked for: names of fields in eleven languages.

English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Russian, Japanese, Chinese.
"""

from __future__ import annotations

from functools import lru_cache

from domain.fields import Field, FieldKind, words_of

# A concept a line, long ones go on indented: its English name, then what else it is called. Names of several words
# match in any order.
_CONCEPTS = """
title: name, heading, headline, subject, caption, style, titel, bezeichnung, überschrift, titre, nom, intitulé,
    título, nombre, titolo, nome, oggetto, naam, onderwerp, nazwa, tytuł, название, наименование, заголовок, имя,
    タイトル, 名前, 件名, 标题, 名称
case name: case title, case caption, caption, style, matter, parties, case, title, name, plaintiff, appellant, versus,
    parteien, rubrum, partes, parti, partijen, strony, стороны, 当事者, 当事人
docket number: docket no, docket, case number, case no, cause number, appeal number, appeal no, file number, number,
    no, núm, nr, aktenzeichen, numéro de dossier, expediente, numero di ruolo, zaaknummer, processo, sygnatura,
    номер дела, 事件番号, 案号
date: day, when, datum, tag, fecha, día, data, giorno, dag, dia, dzień, дата, день, 日付, 日期, 日時
date filed: filed, filing date, date, decided, decision date, released, release date, issued, issue date, date issued,
    posted, opinion date, published, entered, entscheidungsdatum, date de la décision, fecha de resolución
date published: published, publication date, posted, posted on, pubdate, datepublished, veröffentlicht, publié,
    publicado, pubblicato, gepubliceerd, opublikowano, опубликовано, 公開日, 发布日期
date added: added, listed, listed on, posted, created, entered, uploaded, hinzugefügt, eingestellt, angelegt, ajouté,
    mis en ligne, añadido, agregado, aggiunto, inserito, toegevoegd, geplaatst, adicionado, dodano, добавлено, 登録日,
    追加日, 添加日期
date modified: updated, modified, changed, last updated, last modified, last change, last edited, update, aktualisiert,
    zuletzt aktualisiert, geändert, zuletzt geändert, stand, mis à jour, mise à jour, dernière mise à jour, modifié,
    actualizado, última actualización, modificado, aggiornato, ultimo aggiornamento, modificato, bijgewerkt,
    laatst bijgewerkt, gewijzigd, atualizado, última atualização, zaktualizowano, aktualizacja, обновлено, изменено,
    更新日, 最終更新, 更新日期, 更新时间
date opened: opened, opening, opening date, founded, established, inaugurated, eröffnet, eröffnung, gegründet, gründung,
    ouverture, ouvert, fondé, création, inauguración, inaugurado, abierto, fundado, fundación, apertura, inaugurazione,
    fondato, fondazione, geopend, opgericht, opening, abertura, inauguração, fundação, otwarcie, otwarto, założono,
    открытие, открыт, основан, основано, 開業, 開館, 設立, 开业, 成立
birth date: born, date of birth, birthday, dob, birth, geboren, geburtstag, geburtsdatum, né, née, naissance,
    date de naissance, nacido, nacimiento, fecha de nacimiento, nato, nata, data di nascita, geboortedatum, nascimento,
    data de nascimento, urodzony, data urodzenia, родился, дата рождения, 生年月日, 出生日期
start: start date, start time, starts, begin, begins, when, date, date time, from, beginn, début, inicio, inizio,
    aanvang, início, początek, начало, 開始, 开始
end: end date, end time, ends, until, to, ende, fin, fine, einde, fim, koniec, конец, 終了, 结束
deadline: due, due date, closing date, closes, apply by, expires, bewerbungsfrist, frist, date limite, fecha límite,
    scadenza, sluitingsdatum, prazo, termin, срок, 締切, 截止
document url: document, pdf, opinion, download, file, attachment, dokument, fichier, documento, documento pdf,
    bestand, arquivo, plik, документ, файл
url: link, href, website, web site, homepage, web, webseite, internet, site web, sitio web, sito, sito web, www,
    strona, сайт, ссылка, リンク, 链接, 网址
links: attachments, documents, materials, agenda, minutes, downloads, files, resources
price: cost, amount, sale price, current price, our price, unit price, fee, preis, kosten, betrag, prix, tarif, coût,
    precio, coste, prezzo, costo, prijs, preço, valor, cena, koszt, цена, стоимость, 価格, 値段, 价格
currency: currency code, pricecurrency, währung, devise, moneda, valuta, moeda, waluta, валюта, 通貨, 货币
salary: pay, wage, compensation, gehalt, lohn, salaire, salario, stipendio, salaris, salário, wynagrodzenie, зарплата,
    給与, 薪资
rating: stars, score, average rating, aggregaterating, ratingvalue, grade, bewertung, note, évaluation, valoración,
    calificación, puntuación, valutazione, voto, beoordeling, avaliação, nota, ocena, рейтинг, оценка, 評価, 评分
reviews: review count, reviewcount, ratings, number of reviews, votes, bewertungen, rezensionen, avis, reseñas,
    opiniones, recensioni, beoordelingen, avaliações, opinie, отзывы, レビュー, 评论
availability: stock, in stock, stock status, verfügbarkeit, lieferbarkeit, lagerbestand, disponibilité,
    disponibilidad, disponibilità, beschikbaarheid, voorraad, disponibilidade, estoque, dostępność, наличие, 在庫,
    库存
sku: item number, article number, product code, part number, item no, model number, model, style number,
    catalog number, artikelnummer, art nr, référence, ref, referencia, codice, codice articolo, artikelnr, código,
    kod produktu, артикул, 商品番号, 型番, 货号
isbn: isbn13, isbn10, isbn 13, ean
brand: manufacturer, maker, vendor, marke, hersteller, marque, fabricant, marca, fabricante, produttore, merk,
    fabrikant, producent, marka, бренд, производитель, ブランド, メーカー, 品牌
publisher: vendor, imprint, press, verlag, herausgeber, éditeur, editorial, editore, casa editrice, uitgever, editora,
    wydawca, wydawnictwo, издатель, издательство, 出版社
author: by, writer, written by, byline, creator, contributor, autor, verfasser, auteur, autora, autore, schrijver,
    автор, 著者, 作者
description: summary, abstract, details, about, overview, excerpt, synopsis, text, body, notes, beschreibung,
    zusammenfassung, résumé, descripción, resumen, descrizione, riassunto, omschrijving, beschrijving, samenvatting,
    descrição, resumo, opis, описание, 説明, 概要, 描述, 简介
image: photo, picture, thumbnail, thumb, img, logo, cover, poster, bild, foto, abbildung, photographie, imagen,
    immagine, afbeelding, imagem, zdjęcie, obraz, изображение, фото, 画像, 图片
phone: telephone, tel, phone number, mobile, call, contact number, telefon, rufnummer, téléphone, teléfono, telefono,
    telefoon, telefone, телефон, 電話, 電話番号, 电话
fax: telefax, fax number, télécopie, факс
email: e mail, mail, email address, correo, correo electrónico, courriel, posta elettronica, e-mailadres, адрес почты,
    почта, メール, 邮箱
address: street address, location, street, adresse, anschrift, straße, dirección, domicilio, indirizzo, adres,
    endereço, ulica, адрес, 住所, 地址
location: place, venue, where, city, area, ort, standort, veranstaltungsort, lieu, endroit, lugar, ubicación, luogo,
    sede, plaats, locatie, local, localização, miejsce, lokalizacja, место, 場所, 地点
city: town, locality, address locality, stadt, ort, ville, ciudad, città, stad, plaats, cidade, miasto, город, 市, 城市
country: nation, address country, land, pays, país, paese, kraj, страна, 国, 国家
postcode: postal code, zip, zip code, postleitzahl, plz, code postal, código postal, cap, postcode, cep, kod pocztowy,
    индекс, 郵便番号, 邮编
state: region, province, address region, bundesland, région, estado, provincia, regione, provincie, województwo,
    область, 州, 省
category: type, genre, section, kind, topic, department, kategorie, art, rubrik, catégorie, categoría, tipo,
    categoria, categorie, soort, kategoria, rodzaj, категория, тип, カテゴリ, 种类, 类别
tags: keywords, labels, topics, schlagworte, mots clés, etiquetas, parole chiave, trefwoorden, słowa kluczowe, теги
status: state, condition, zustand, statut, état, estado, stato, toestand, stan, статус, 状態, 状态
company: employer, organization, organisation, hiring organization, firm, business, firma, unternehmen, arbeitgeber,
    entreprise, société, empresa, compañía, azienda, società, bedrijf, werkgever, empregador, pracodawca, компания,
    会社, 公司
person: contact, contact person, representative, ansprechpartner, contacto, contatto, contactpersoon, contato, osoba,
    контакт, 担当者, 联系人
position: job title, role, occupation, stelle, beruf, poste, puesto, cargo, posizione, ruolo, functie, stanowisko,
    должность, 職種, 职位
hours: opening hours, business hours, open, öffnungszeiten, horaires, heures d'ouverture, horario, horarios, orari,
    orario di apertura, openingstijden, horário, godziny otwarcia, часы работы, 営業時間, 营业时间
duration: length, runtime, running time, time, dauer, länge, durée, duración, durata, duur, duração, czas trwania,
    длительность, продолжительность, 時間, 时长
prep time: preparation time, preparation, prep, vorbereitungszeit, vorbereitung, zubereitungszeit, préparation,
    temps de préparation, tiempo de preparación, preparación, tempo di preparazione, preparazione, voorbereidingstijd,
    voorbereiding, tempo de preparo, czas przygotowania, время подготовки
cook time: cooking time, cooking, baking time, kochzeit, garzeit, backzeit, cuisson, temps de cuisson,
    tiempo de cocción, cocción, tempo di cottura, cottura, kooktijd, bereidingstijd, baktijd, cozimento, czas gotowania
total time: ready in, cook time, zeit, gesamtzeit, temps total, tiempo total, tempo totale, totale tijd, tempo total,
    czas, время приготовления
ingredients: ingredient, zutaten, ingrédients, ingredientes, ingredienti, ingrediënten, składniki, ингредиенты, 材料,
    食材
instructions: directions, method, steps, preparation, zubereitung, anleitung, préparation, étapes, instrucciones,
    preparación, preparazione, procedimento, bereiding, bereidingswijze, modo de preparo, przygotowanie,
    приготовление, 作り方, 做法
yields: servings, serves, yield, portions, portionen, personen, pour, porciones, raciones, porzioni, dosi, porties,
    porções, rendimento, porcje, порции, 人分, 份量
quantity: qty, count, number, menge, anzahl, quantité, cantidad, quantità, aantal, quantidade, ilość, количество, 数量
weight: mass, gewicht, poids, peso, waga, вес, 重量
size: dimensions, größe, maße, taille, tamaño, dimensioni, taglia, grootte, afmetingen, tamanho, rozmiar, размер,
    サイズ, 尺寸
color: colour, farbe, couleur, color, colore, kleur, cor, kolor, цвет, 色, 颜色
year: jahr, année, año, anno, jaar, ano, rok, год, 年
language: sprache, langue, idioma, lingua, taal, język, язык, 言語, 语言
origin: country of origin, made in, provenance, herkunft, herkunftsland, ursprungsland, origine, pays d'origine, origen,
    país de origen, paese di origine, provenienza, herkomst, land van herkomst, origem, país de origem, pochodzenie,
    kraj pochodzenia, происхождение, страна происхождения, страна производства, 原産国, 産地, 产地, 原产地
material: materials, made of, fabric, werkstoff, matière, matériau, materiales, materiale, tessuto, materiaal, stof,
    material principal, materiał, tkanina, материал, 素材, 材質, 材料, 材质
warranty: guarantee, garantie, garantía, garanzia, garantia, gwarancja, гарантия, 保証, 保修
height: höhe, hauteur, altura, alto, altezza, hoogte, wysokość, высота, 高さ, 高度
width: breite, largeur, ancho, anchura, larghezza, breedte, largura, szerokość, ширина, 幅, 宽度
depth: tiefe, profondeur, profundidad, profondità, diepte, profundidade, głębokość, глубина, 奥行き, 深度
capacity: volume, fassungsvermögen, kapazität, inhalt, capacité, contenance, capacidad, capacità, capienza, inhoud,
    capaciteit, capacidade, pojemność, объем, объём, 容量
power: wattage, leistung, puissance, potencia, potenza, vermogen, potência, moc, мощность, 消費電力, 功率
pages: number of pages, page count, seiten, seitenzahl, nombre de pages, páginas, número de páginas, pagine,
    numero di pagine, pagina's, aantal pagina's, stron, liczba stron, страниц, количество страниц, ページ数, 页数
format: binding, edition, einband, ausgabe, reliure, encuadernación, formato, rilegatura, bindwijze, uitvoering, oprawa,
    формат, переплет, переплёт, 判型, 装帧
bedrooms: bedroom, beds, bed, bd, br, number of bedrooms, schlafzimmer, anzahl schlafzimmer, chambres, chambre,
    nombre de chambres, dormitorios, habitaciones, recámaras, número de dormitorios, camere da letto, camere,
    slaapkamers, aantal slaapkamers, quartos, dormitórios, sypialnie, liczba sypialni, спальни, спален, 寝室, 卧室
bathrooms: bathroom, baths, bath, ba, number of bathrooms, badezimmer, bäder, bad, anzahl badezimmer, salles de bains,
    salle de bains, salles de bain, salle de bain, baños, baño, número de baños, bagni, bagno, badkamers, badkamer,
    banheiros, casas de banho, łazienki, liczba łazienek, ванные, санузел, санузлов, 浴室, 卫生间
rooms: number of rooms, zimmer, anzahl zimmer, zimmeranzahl, räume, pièces, nombre de pièces, ambientes, locali, vani,
    numero locali, kamers, aantal kamers, cômodos, assoalhadas, pokoje, liczba pokoi, комнаты, комнат,
    количество комнат, 部屋数, 間取り, 房间
living area: floor area, floor size, square footage, sq ft, square feet, living space, wohnfläche, surface,
    surface habitable, superficie, superficie construida, superficie útil, metros cuadrados, superficie abitabile,
    metri quadri, woonoppervlakte, oppervlakte, área útil, área construída, powierzchnia, powierzchnia mieszkalna,
    общая площадь, жилая площадь, площадь, 専有面積, 建筑面积
land area: lot size, plot size, plot area, grundstücksfläche, grundstück, surface du terrain, terrain, parcela,
    superficie del terreno, terreno, perceeloppervlakte, perceel, área do terreno, powierzchnia działki,
    площадь участка, 土地面積
floor: storey, level, etage, stockwerk, geschoss, étage, planta, piso, piano, verdieping, andar, piętro, этаж, 階, 楼层
year built: built, built in, construction year, year of construction, baujahr, année de construction,
    año de construcción, anno di costruzione, bouwjaar, ano de construção, rok budowy, год постройки, 築年月, 建成年份
energy class: energy rating, epc, epc rating, energieeffizienzklasse, energieklasse, dpe, classe énergie,
    certificado energético, classe energetica, energielabel, classe energética, klasa energetyczna, 能效等级
employment type: job type, contract type, type of employment, work type, working hours, beschäftigungsart,
    anstellungsart, arbeitszeit, vertragsart, type de contrat, contrat, tipo de contrato, jornada, tipo di contratto,
    contratto, dienstverband, soort contract, regime de contratação, rodzaj umowy, wymiar pracy, тип занятости,
    занятость, 雇用形態, 工作性质
experience: experience level, years of experience, seniority, berufserfahrung, erfahrung, expérience, experiencia,
    esperienza, ervaring, experiência, doświadczenie, опыт работы, опыт, 経験, 工作经验
education: qualification, qualifications, degree, ausbildung, abschluss, formation, niveau d'études, formación,
    estudios, formazione, titolo di studio, opleiding, opleidingsniveau, escolaridade, wykształcenie, образование,
    学歴, 学历
organizer: organiser, hosted by, presented by, veranstalter, organisateur, organizador, organiza, organizzatore,
    organisator, organizator, организатор, 主催, 主办方
doors: doors open, doors at, admission from, einlass, ouverture des portes, apertura de puertas, puertas,
    apertura porte, deuren open, abertura das portas, otwarcie drzwi, начало входа, 開場
age limit: ages, minimum age, age restriction, altersbeschränkung, ab alter, mindestalter, âge minimum, edad mínima,
    età minima, minimumleeftijd, leeftijd, idade mínima, classificação etária, wiek, возраст, 年齢制限
population: inhabitants, einwohner, habitants, población, habitantes, popolazione, abitanti, inwoners, população,
    ludność, население, 人口
"""

_OF_KIND: dict[FieldKind, str] = {
    FieldKind.TITLE: "title",
    FieldKind.DATE: "date",
    FieldKind.PRICE: "price",
    FieldKind.URL: "url",
    FieldKind.IMAGE: "image",
    FieldKind.PHONE: "phone",
    FieldKind.EMAIL: "email",
    FieldKind.RATING: "rating",
    FieldKind.AVAILABILITY: "availability",
    FieldKind.ADDRESS: "address",
    FieldKind.DESCRIPTION: "description",
    FieldKind.DURATION: "duration",
    FieldKind.CURRENCY: "currency",
    FieldKind.PERSON: "author",
}


def _read(table: str) -> dict[str, tuple[str, ...]]:
    concepts: dict[str, tuple[str, ...]] = {}
    for line in table.replace("\n    ", " ").strip().splitlines():
        name, _, others = line.partition(":")
        concepts[name] = (name, *(other.strip() for other in others.split(",")))
    return concepts


CONCEPTS = _read(_CONCEPTS)
_CONCEPT_OF_NAME = {name: concept for concept, names in reversed(CONCEPTS.items()) for name in (*names[::-1], concept)}


@lru_cache(maxsize=4096)
def concepts_of(name: str) -> tuple[str, ...]:
    """The concepts that a name means, closest first: by the whole name, then by its last words ("book title" is a
    title), then by its first ("filed on")."""
    words = words_of(name)
    found: list[str] = []
    whole = " ".join(words)
    if whole in CONCEPTS:
        found.append(whole)
    tails = [" ".join(words[start:]) for start in range(len(words))]
    heads = [" ".join(words[:end]) for end in range(len(words) - 1, 0, -1)]
    for part in (*tails, *heads):
        for spelling in (part, part.removesuffix("s")):
            concept = _CONCEPT_OF_NAME.get(spelling)
            if concept and concept not in found:
                found.append(concept)
    return tuple(found)


@lru_cache(maxsize=4096)
def names_of(field: Field) -> tuple[tuple[str, float], ...]:
    """What pages may call a field, each with how surely it means it: its own name 1.0, the caller's synonyms .95, the
    vocabulary's .9, those of a broader concept or of its kind less."""
    weighed: dict[str, float] = {" ".join(words_of(field.name)): 1.0}
    for synonym in field.synonyms:
        weighed.setdefault(synonym.lower(), 0.95)
    for rank, concept in enumerate(concepts_of(field.name)[:3]):
        for name in CONCEPTS[concept]:
            weighed.setdefault(name, 0.9 if rank == 0 else 0.75)
    of_kind = _OF_KIND.get(field.kind)
    if of_kind:
        for name in CONCEPTS[of_kind]:
            weighed.setdefault(name, 0.7)
    return tuple(weighed.items())


@lru_cache(maxsize=8192)
def canonical_name(label: str) -> str:
    """The English name of the concept that a label means as a whole, or empty."""
    return _CONCEPT_OF_NAME.get(" ".join(words_of(label)), "").replace(" ", "_")
