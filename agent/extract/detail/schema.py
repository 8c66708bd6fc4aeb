"""What schema.org and the common meta tags call the things that people ask for."""

from __future__ import annotations

from typing import NamedTuple

from domain.fields import Field, words_of


class Concept(NamedTuple):
    """`names` are what fields call it; `paths` property paths from the entity, best first; `metas` named metas."""

    names: tuple[str, ...]
    paths: tuple[str, ...]
    metas: tuple[str, ...] = ()


_CONCEPTS = (
    Concept(
        ("title", "name", "headline", "product name", "recipe name", "job title", "event name"),
        ("name", "headline", "title"),
        ("og:title", "twitter:title"),
    ),
    Concept(
        ("description", "summary", "abstract", "about", "overview"),
        ("description", "abstract"),
        ("og:description", "description", "twitter:description"),
    ),
    Concept(("body", "text", "content", "article body"), ("articleBody", "text", "reviewBody")),
    Concept(
        ("author", "authors", "writer", "by", "byline", "creator"),
        ("author", "creator", "byArtist"),
        ("article:author_name", "author", "parsely-author", "sailthru.author", "twitter:creator"),
    ),
    Concept(("ingredients", "ingredient"), ("recipeIngredient", "ingredients", "supply")),
    Concept(("instructions", "steps", "directions", "method", "preparation"), ("recipeInstructions", "step")),
    Concept(("yields", "yield", "servings", "portions", "serves"), ("recipeYield", "yield")),
    Concept(("total time", "time", "ready in"), ("totalTime",)),
    Concept(("prep time", "preparation time", "prep", "przygotowanie", "準備"), ("prepTime",)),
    Concept(("cook time", "cooking time", "baking time", "cook", "bake", "調理"), ("cookTime", "performTime")),
    Concept(("duration", "length", "runtime", "running time"), ("duration", "timeRequired"), ("video:duration",)),
    Concept(
        ("image", "images", "photo", "picture", "thumbnail"),
        ("image", "photo", "thumbnailUrl", "primaryImageOfPage", "contentUrl"),
        ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image_src"),
    ),
    Concept(("logo",), ("logo", "publisher/logo"), ("og:logo",)),
    Concept(("price", "cost", "amount", "current price"), ("offers/price",)),
    Concept(
        ("currency", "price currency"),
        ("offers/priceCurrency", "offers/priceSpecification/priceCurrency", "priceCurrency"),
        ("product:price:currency", "og:price:currency"),
    ),
    Concept(("availability", "stock", "in stock"), ("offers/availability",)),
    Concept(("condition", "item condition"), ("offers/itemCondition", "itemCondition"), ("product:condition",)),
    Concept(("seller", "vendor", "store", "shop"), ("offers/seller", "seller")),
    Concept(("brand", "manufacturer", "make"), ("brand", "manufacturer"), ("product:brand", "og:brand")),
    Concept(("model",), ("model", "mpn")),
    Concept(("mpn", "part number"), ("mpn",), ("product:mfr_part_no",)),
    Concept(("gtin", "ean", "upc", "barcode"), ("gtin13", "gtin", "gtin14", "gtin12", "gtin8", "offers/gtin13")),
    Concept(("isbn",), ("isbn", "gtin13"), ("book:isbn", "books:isbn")),
    Concept(("color", "colour"), ("color",), ("product:color",)),
    Concept(("material",), ("material",), ("product:material",)),
    Concept(("size",), ("size",), ("product:size",)),
    Concept(("weight",), ("weight",)),
    Concept(("category", "section", "genre", "type"), ("category", "articleSection", "genre", "recipeCategory")),
    Concept(("cuisine",), ("recipeCuisine", "servesCuisine")),
    Concept(("tags", "keywords", "keyword"), ("keywords",), ("keywords", "news_keywords", "article:tag")),
    Concept(("rating", "score", "stars", "average rating", "ratings"), ("aggregateRating/ratingValue", "starRating")),
    Concept(
        ("review count", "reviews", "reviews count", "rating count", "number of reviews"),
        ("aggregateRating/reviewCount", "aggregateRating/ratingCount"),
    ),
    Concept(("calories",), ("nutrition/calories",)),
    Concept(
        ("date", "published", "publish date", "date published", "publication date", "posted"),
        ("datePublished", "uploadDate", "dateCreated", "datePosted", "startDate"),
        ("article:published_time", "og:published_time", "date", "dc.date", "parsely-pub-date", "pubdate"),
    ),
    Concept(
        ("updated", "modified", "last updated", "date modified"),
        ("dateModified",),
        ("article:modified_time", "og:updated_time"),
    ),
    Concept(("start", "start date", "starts", "when", "event date"), ("startDate", "date", "eventSchedule/startDate")),
    Concept(("end", "end date", "ends"), ("endDate", "eventSchedule/endDate")),
    Concept(("deadline", "valid through", "apply by", "expires"), ("validThrough", "offers/validThrough")),
    Concept(("publisher",), ("publisher",), ("article:publisher",)),
    Concept(("organizer", "organiser", "host"), ("organizer",)),
    Concept(("performer", "artist"), ("performer", "byArtist")),
    Concept(("venue", "place"), ("location", "jobLocation")),
    Concept(
        ("location", "address"), ("address", "location/address", "jobLocation/address", "location", "contentLocation")
    ),
    Concept(
        ("street", "street address"),
        ("address/streetAddress", "location/address/streetAddress", "jobLocation/address/streetAddress"),
    ),
    Concept(
        ("city", "town"),
        ("address/addressLocality", "location/address/addressLocality", "jobLocation/address/addressLocality"),
    ),
    Concept(
        ("state", "region"),
        ("address/addressRegion", "location/address/addressRegion", "jobLocation/address/addressRegion"),
    ),
    Concept(
        ("zip", "postal code", "postcode", "zip code"),
        ("address/postalCode", "location/address/postalCode", "jobLocation/address/postalCode"),
    ),
    Concept(
        ("country",),
        ("address/addressCountry", "location/address/addressCountry", "jobLocation/address/addressCountry"),
    ),
    Concept(("phone", "telephone", "phone number", "tel"), ("telephone", "contactPoint/telephone")),
    Concept(("email",), ("email", "contactPoint/email")),
    Concept(("opening hours", "hours"), ("openingHours",)),
    Concept(("price range",), ("priceRange",)),
    Concept(("company", "employer", "organization"), ("hiringOrganization", "worksFor")),
    Concept(
        ("salary", "pay"),
        (
            *("baseSalary/value/value", "baseSalary/value/minValue", "baseSalary/minValue", "baseSalary/price"),
            *("baseSalary", "estimatedSalary"),
        ),
    ),
    Concept(("employment type", "job type"), ("employmentType",)),
    Concept(
        ("experience", "experience level"), ("experienceRequirements/monthsOfExperience", "experienceRequirements")
    ),
    Concept(("education", "qualifications"), ("educationRequirements/credentialCategory", "educationRequirements")),
    Concept(("bedrooms", "number of bedrooms"), ("numberOfBedrooms", "about/numberOfBedrooms")),
    Concept(
        ("bathrooms", "number of bathrooms"), ("numberOfBathroomsTotal", "numberOfFullBathrooms", "numberOfBathrooms")
    ),
    Concept(("rooms", "number of rooms"), ("numberOfRooms", "about/numberOfRooms")),
    Concept(("living area", "floor area", "floor size"), ("floorSize/value", "floorSize", "about/floorSize/value")),
    Concept(("year built",), ("yearBuilt",)),
    Concept(("doors", "doors open"), ("doorTime",)),
    Concept(("age limit",), ("typicalAgeRange",)),
    Concept(("director",), ("director",)),
    Concept(("actors", "cast"), ("actor", "actors")),
    Concept(("language",), ("inLanguage",), ("og:locale",)),
    Concept(("pages", "number of pages"), ("numberOfPages",)),
    Concept(("site name", "site"), ("publisher", "isPartOf"), ("og:site_name", "application-name")),
    Concept(("canonical url", "url", "link", "website"), ("url", "mainEntityOfPage"), ("canonical", "og:url")),
)
_BY_NAME = {name: concept for concept in reversed(_CONCEPTS) for name in concept.names}


def concept_of(field: Field) -> Concept:
    """What to look for: the concept of the field's name or of one of its synonyms, and properties called like it."""
    spoken = [" ".join(words_of(name)) for name in (field.name, *field.synonyms)]
    known = next((_BY_NAME[name] for name in spoken if name in _BY_NAME), None)
    # "recipe_title" and "product price" are a title and a price: the last word, then the last two, say what it is.
    if known is None and (words := words_of(field.name)):
        known = _BY_NAME.get(" ".join(words[-2:])) or _BY_NAME.get(words[-1])
    own = tuple(dict.fromkeys(_camel(name) for name in spoken if name))
    if known is None:
        return Concept(tuple(spoken), own)
    return Concept((*spoken, *known.names), (*known.paths, *own), known.metas)


def is_concept(label: str) -> bool:
    """Whether a label of a page is the name of something that people ask for."""
    return " ".join(words_of(label)) in _BY_NAME


def _camel(name: str) -> str:
    first, *rest = name.split()
    return first + "".join(word.capitalize() for word in rest)
