"""Names of countries as people end an address with them. Pure."""

from roundsman.geocoding.words import words

# ISO 3166-1 alpha-2 -> English and own names, and the letters some write before a postcode.
_NAMES = {
    "AD": "Andorra",
    "AR": "Argentina",
    "AT": "Austria, Österreich, A",
    "AU": "Australia",
    "BA": "Bosnia and Herzegovina, Bosna i Hercegovina",
    "BE": "Belgium, België, Belgique, Belgien, B",
    "BG": "Bulgaria, България",
    "BR": "Brazil, Brasil",
    "CA": "Canada",
    "CH": "Switzerland, Schweiz, Suisse, Svizzera",
    "CL": "Chile",
    "CO": "Colombia",
    "CY": "Cyprus, Κύπρος",
    "CZ": "Czechia, Czech Republic, Česko, Česká republika",
    "DE": "Germany, Deutschland, Allemagne, Alemania, Alemanha, D",
    "DK": "Denmark, Danmark",
    "EE": "Estonia, Eesti",
    "ES": "Spain, España, Espanha, E",
    "FI": "Finland, Suomi",
    "FR": "France, Frankreich, F",
    "GB": "United Kingdom, Great Britain, England, Scotland, Wales, UK",
    "GR": "Greece, Ελλάδα, Hellas",
    "HR": "Croatia, Hrvatska",
    "HU": "Hungary, Magyarország",
    "IE": "Ireland, Éire",
    "IN": "India",
    "IS": "Iceland, Ísland",
    "IT": "Italy, Italia, Italien, I",
    "JP": "Japan",
    "LI": "Liechtenstein, FL",
    "LT": "Lithuania, Lietuva",
    "LU": "Luxembourg, Luxemburg, L",
    "LV": "Latvia, Latvija",
    "MC": "Monaco",
    "MT": "Malta",
    "MX": "Mexico, México",
    "NL": "Netherlands, Nederland, Holland, Niederlande",
    "NO": "Norway, Norge",
    "NZ": "New Zealand",
    "PL": "Poland, Polska, Polen",
    "PT": "Portugal, P",
    "RO": "Romania, România",
    "RS": "Serbia, Србија, Srbija",
    "SE": "Sweden, Sverige, S",
    "SI": "Slovenia, Slovenija",
    "SK": "Slovakia, Slovensko",
    "TR": "Turkey, Türkiye",
    "UA": "Ukraine, Україна",
    "US": "United States, United States of America, USA",
    "ZA": "South Africa",
}
_CODES = {
    tuple(words(name)): code
    for code, names in _NAMES.items()
    for name in (*names.split(", "), code)
}
# Where the house number stands before the street, and the town before the postcode.
_NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "IN", "LU", "MC", "NZ", "US", "ZA"})
_TOWN_FIRST = _NUMBER_FIRST - {"FR", "LU", "MC"}


def code_of(name: str) -> str:
    """Return the country a name or code means, empty where it means none."""
    return _CODES.get(tuple(words(name)), "")


def written(
    *, street: str = "", number: str = "", postcode: str = "", city: str = "", country: str = ""
) -> str:
    """Return an address on one line in the order of its country."""
    order = (number, street) if country in _NUMBER_FIRST else (street, number)
    town = (city, postcode) if country in _TOWN_FIRST else (postcode, city)
    lines = (" ".join(part for part in line if part) for line in (order, town))
    return ", ".join(line for line in lines if line)
