"""What people call the parts of the city in an address: common knowledge, placed by hand. Pure."""

from roundsman.core.geo import Point, distance_m

QUARTERS = (
    ("Porto", 41.1500, -8.6110),
    ("Foz do Douro, Porto", 41.1530, -8.6720),
    ("Boavista, Porto", 41.1600, -8.6370),
    ("Paranhos, Porto", 41.1745, -8.6060),
    ("Campanhã, Porto", 41.1560, -8.5790),
    ("Ramalde, Porto", 41.1720, -8.6480),
    ("Bonfim, Porto", 41.1530, -8.5950),
    ("Cedofeita, Porto", 41.1570, -8.6225),
    ("Massarelos, Porto", 41.1500, -8.6330),
    ("Ribeira, Porto", 41.1412, -8.6125),
    ("Aldoar, Porto", 41.1700, -8.6700),
    ("Nevogilde, Porto", 41.1620, -8.6790),
    ("Lordelo do Ouro, Porto", 41.1540, -8.6530),
    ("Matosinhos", 41.1850, -8.6860),
    ("Leça da Palmeira", 41.1950, -8.6960),
    ("Senhora da Hora", 41.1880, -8.6530),
    ("São Mamede de Infesta", 41.1910, -8.6080),
    ("Rio Tinto", 41.1780, -8.5600),
    ("Gondomar", 41.1440, -8.5340),
    ("Vila Nova de Gaia", 41.1290, -8.6130),
    ("Afurada, Gaia", 41.1405, -8.6470),
    ("Canidelo, Gaia", 41.1310, -8.6450),
    ("Mafamude, Gaia", 41.1190, -8.6050),
    ("Oliveira do Douro, Gaia", 41.1260, -8.5800),
)


def quarter_of(point: Point) -> str:
    """Return the part of the city whose middle is nearest."""
    return min(QUARTERS, key=lambda one: distance_m(point.lat, point.lng, one[1], one[2]))[0]
