"""How countries write numbers, money and dates, as far as files need it."""

# ruff: noqa: RUF001  currencies are written in their own letters
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

# In all other countries 1/12 is in December.
_MONTH_FIRST = {"US", "PH", "FM", "MH", "PW", "PR", "GU", "VI", "AS", "MP"}
# In all other countries a decimal point is usual.
_DECIMAL_COMMA_COUNTRIES = """
AD AL AM AO AR AT AZ BA BE BG BO BR BY CI CL CM CO CR CU CV CY CZ DE DK DZ EC EE ES FI FO FR GA GE
GL GR HR HU ID IS IT KG KZ LT LU LV MA MC MD ME MG MK MN MZ NL NO PL PT PY RE RO RS RU RW SE SI SK
SM SN ST TG TJ TL TM TN TR UA UY UZ VA VE VN XK
"""
_DECIMAL_COMMA = frozenset(_DECIMAL_COMMA_COUNTRIES.split())
# 1,23,456.50: after the thousands, digits are grouped by two.
_LAKHS = {"IN", "PK", "BD", "NP", "LK", "BT", "MM"}
_APOSTROPHES = {"CH", "LI"}
_BLANKS = {"CA", "CH", "LI", "ZA", "MX"}

# The currency, how else it is written, and the countries.
_CURRENCY_LINES = """
AED Dhs DH|AE
ARS $|AR
AUD $ A$ AU$|AU KI NR TV
BDT ৳ Tk Taka|BD
BGN лв lv|BG
BHD BD|BH
BRL R$|BR
BTN Nu|BT
CAD $ C$ CA$|CA
CHF Fr SFr|CH LI
CLP $|CL
CNY ¥ 元 RMB|CN
COP $|CO
CZK Kč|CZ
DKK kr|DK GL FO
EGP E£ LE|EG
EUR € Euro|AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK
GBP £|GB GG IM JE
GHS GH₵ ₵|GH
HKD $ HK$|HK
HUF Ft|HU
IDR Rp|ID
ILS ₪ NIS|IL
INR ₹ Rs ₨|IN BT
ISK kr|IS
JPY ¥ 円|JP
KES KSh|KE
KRW ₩|KR
KWD KD|KW
KZT ₸|KZ
LKR Rs ₨|LK
MAD DH|MA
MXN $ MX$|MX
MYR RM|MY
NGN ₦|NG
NOK kr|NO
NPR Rs ₨ रू|NP
NZD $ NZ$|NZ
OMR RO|OM
PEN S/|PE
PHP ₱|PH
PKR Rs ₨|PK
PLN zł zl|PL
QAR QR|QA
RON lei|RO
RSD din|RS
RUB ₽ руб|RU
SAR SR|SA
SEK kr|SE
SGD $ S$|SG
THB ฿|TH
TND DT|TN
TRY ₺ TL|TR
TWD $ NT$|TW
UAH ₴ грн|UA
USD $ US$|US EC SV PA PR GU VI
UYU $ $U|UY
VND ₫ đ|VN
ZAR R|ZA LS NA SZ
"""
_CURRENCIES: Sequence[tuple[list[str], list[str]]] = [
    (names.split(), countries.split())
    for names, _, countries in (line.partition("|") for line in _CURRENCY_LINES.split("\n")[1:-1])
]

_LANGUAGES: Mapping[str, str] = {
    "de": "DE AT CH LI LU BE",
    "fr": "FR BE CH LU CA MC MA DZ TN SN CI CM GA MG RE TG",
    "es": "ES MX AR CL CO PE VE EC BO PY UY CR CU DO GT HN NI PA PR SV US",
    "it": "IT CH SM VA",
    "pt": "PT BR AO MZ CV ST TL",
    "nl": "NL BE",
}
_MONTHS: Mapping[str, str] = {
    "en": "january february march april may june july august september october november december "
    "sept",
    "de": "januar februar marz april mai juni juli august september oktober november dezember "
    "janner feber maerz mrz=3 sept",
    "fr": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre setiembre=9",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "pt": "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november "
    "december mrt=3",
}
_SHORTEST_MONTH = 3
_ELSE = {"janner": 1, "feber": 2, "maerz": 3, "sept": 9}


# Each country has one, so it is compared by identity.
@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """How one country writes; ``currencies`` are signs and codes without case and dots.

    ``months`` are the numbers of the months by their names and clear abbreviations, in English
    and the languages of the country.
    """

    month_first: bool
    decimal_comma: bool
    has_lakhs: bool
    has_apostrophes: bool
    has_blanks: bool
    currencies: frozenset[str]
    currency: str
    months: Mapping[str, int]


@cache
def get_writing(country: str) -> Writing:
    """Return how a country writes; of an unknown one, what is usual in most."""
    country = country.upper()
    own = [names for names, countries in _CURRENCIES if country in countries]
    decimal_comma = country in _DECIMAL_COMMA
    languages = [name for name, countries in _LANGUAGES.items() if country in countries.split()]
    return Writing(
        month_first=country in _MONTH_FIRST,
        decimal_comma=decimal_comma,
        has_lakhs=country in _LAKHS,
        has_apostrophes=country in _APOSTROPHES,
        has_blanks=decimal_comma or country in _BLANKS,
        currencies=frozenset(fold_currency(name) for names in own for name in names),
        currency=own[0][0] if own else "",
        months=_list_months(["en", *languages]),
    )


@cache
def list_currencies() -> frozenset[str]:
    """Return the signs and codes of all currencies, folded."""
    return frozenset(fold_currency(name) for names, _ in _CURRENCIES for name in names)


def fold_currency(text: str) -> str:
    return text.casefold().rstrip(".")


def _list_months(languages: Sequence[str]) -> dict[str, int]:
    """Return months by name, and by each beginning of three letters or more that means one only."""
    months: dict[str, int] = {}
    unclear = set()
    for language in languages:
        for position, word in enumerate(_MONTHS[language].split()):
            name, _, number = word.partition("=")
            month = int(number) if number else _ELSE.get(name, position + 1)
            for length in range(_SHORTEST_MONTH, len(name) + 1):
                if months.setdefault(name[:length], month) != month:
                    unclear.add(name[:length])
    return {name: month for name, month in months.items() if name not in unclear}
