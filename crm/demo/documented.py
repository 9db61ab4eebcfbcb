"""The people of the documents, by the ids and identifiers that are printed there.

What hangs on them from other rooms (cards, points, requests, tickets) is added by files of its own.
"""

from collections.abc import Sequence

from crm.demo.fleets import FLEET
from crm.demo.people import (
    INSTORE,
    WECHAT,
    WECHAT_1234,
    WECHAT_MINI,
    Person,
    Place,
    in_store,
    reach,
)

MALE_IN_BANGALORE = {"gender": "Male", "city": "Bangalore"}
OPEN_ID = "ojOPTwFOX-aBmdRlE9MHptPjt2w19"

PEOPLE: Sequence[Person] = (
    Person(
        id=306,
        first="Amrita",
        last="Desai",
        joined="2015-11-02T10:20:00+05:30",
        till="demo.till",
        places=in_store(("mobile", "919111111111"), ("email", "amrita.desai@example.com")),
        extended_fields={"gender": "Female", "city": "Mumbai"},
    ),
    Person(
        id=329,
        first="Tom",
        last="Sawyer",
        joined="2016-06-23T19:11:18+08:00",
        till="demo.till",
        loyalty_type="NON_LOYALTY",
        places=(
            Place(
                at=WECHAT,
                keys=[("wechat", "wc_2")],
                channels=[reach("wechat", OPEN_ID, verified=True)],
                fields={"Favorite Color": "Green", "Favorite Sport": "Cricket"},
            ),
            Place(at=WECHAT_1234, keys=[("wechat", "wc_2")]),
        ),
        extended_fields=MALE_IN_BANGALORE,
    ),
    Person(
        id=418,
        first="Tom",
        last="Sawyer",
        joined="2012-09-11T11:11:11+05:30",
        till="demo.till",
        places=(
            Place(
                at=INSTORE,
                keys=[
                    ("mobile", "+44700900000"),
                    ("email", "tom.sawyer@example.com"),
                    ("externalId", "ts1234"),
                ],
                channels=[
                    reach("mobile", "+44700900000", verified=True),
                    reach("email", "tom.sawyer@example.com"),
                ],
                fields={"Gender": "Male", "Hobbies": "Playing", "age": "46"},
            ),
            Place(
                at=WECHAT,
                keys=[("email", "tom.sawyer@example.com"), ("wechat", "ray10")],
                channels=[reach("wechat", "ray10", verified=True)],
            ),
        ),
        extended_fields={**MALE_IN_BANGALORE, "color": "black", "ItemWeight": "3"},
    ),
    Person(
        id=17742,
        first="Tom",
        last="Sawyer",
        joined="2016-06-23T19:11:18+08:00",
        till="rr.till",
        loyalty_type="NON_LOYALTY",
        places=(
            Place(
                at=WECHAT,
                keys=[("line", "lineAS6"), ("email", "tom.sawyer.17742@example.com")],
                channels=[
                    reach("wechat", OPEN_ID, verified=True),
                    reach("email", "tom@eail.com"),
                ],
                fields={"Gender": "Male", "Favorite Color": "Green"},
            ),
            Place(
                at=INSTORE,
                keys=[("mobile", "916722173368"), ("email", "6722173368@mail.com")],
                channels=[
                    reach("mobile", "916722173368", verified=True),
                    reach("email", "6722173368@mail.com"),
                ],
            ),
        ),
        extended_fields={**MALE_IN_BANGALORE, "ethnicity": "Kannadiga", "religion": "Hindu"},
        associated_with="rr.till",
    ),
    Person(
        id=9113108,
        first="Farid",
        last="Qureshi",
        joined="2015-06-30T12:00:00+05:30",
        till="till.india1",
        places=in_store(("mobile", "919845911310"), ("email", "farid.qureshi@example.com")),
    ),
    Person(
        id=29372667,
        first="Emily",
        last="Watson",
        joined="2019-05-14T16:40:00+05:30",
        till="pe.london.bondstreet",
        places=in_store(
            ("mobile", "+447700900000"),
            ("email", "autoemail8069801251@gmail.com"),
            ("externalId", "ext_id8069801251"),
        ),
        extended_fields={"gender": "Female", "city": "London", "nationality": "British"},
    ),
    Person(
        id=130238908,
        first="Iwan",
        last="Gold",
        joined="2019-11-20T11:05:00+05:30",
        till="demo.till",
        # A request changed it to iwan.gold@example.com since.
        places=in_store(("mobile", "919880130238"), ("email", "dore.gold@example.com")),
    ),
    Person(
        id=161670039,
        first="Kavya",
        last="Hegde",
        joined="2020-08-03T18:22:10+05:30",
        till="demo.till",
        places=in_store(("mobile", "919880161670"), ("email", "kavya.hegde@example.com")),
        extended_fields={"gender": "Female", "city": "Bangalore"},
    ),
    Person(
        id=343014824,
        first="Jim",
        last="Carv",
        joined="2019-10-15T12:51:33+05:30",
        till="admin.till01",
        places=in_store(
            ("email", "jimc@example.com"),
            ("externalId", "0RE100003436"),
            ("mobile", "919750000000"),
            age_group="22-25",
            birthday="1971-5-7",
            Gender="MALE",
        ),
        extended_fields={"dob": "1971-05-07", "gender": "Male"},
        associated_with="admin.till01",
    ),
    Person(
        id=343015431,
        first="Rohan",
        last="Kulkarni",
        joined="2020-01-10T13:00:00+05:30",
        till="bukl.till",
        places=in_store(("mobile", "919880343015"), ("email", "rohan.kulkarni@example.com")),
    ),
    Person(
        id=343015432,
        first="Sneha",
        last="Kulkarni",
        joined="2020-01-10T13:05:00+05:30",
        till="bukl.till",
        places=in_store(("mobile", "919880343016"), ("email", "sneha.kulkarni@example.com")),
    ),
    Person(
        id=343040815,
        first="Divya",
        last="Iyer",
        joined="2020-03-02T17:30:00+05:30",
        till="demo.till",
        places=in_store(("mobile", "919880343040"), ("email", "divya.iyer@example.com")),
    ),
    Person(
        id=368881003,
        first="Nikhil",
        last="Bose",
        joined="2015-05-11T15:48:15+05:30",
        till="till.india1",
        places=in_store(("mobile", "919880368881"), ("email", "nikhil.bose@example.com")),
    ),
    Person(
        id=379061018,
        first="Leela",
        last="Thomas",
        joined="2020-12-21T12:12:00+05:30",
        till="demo.till",
        places=in_store(("mobile", "919880379061"), ("email", "leela.thomas@example.com")),
    ),
    Person(
        id=401031250,
        first="Ananya",
        last="Rao",
        joined="2021-03-18T11:45:00+05:30",
        till="store.server",
        places=in_store(
            ("mobile", "919880401031"),
            ("email", "ananya.rao@example.com"),
            ("externalId", "AR401031250"),
        ),
    ),
    *FLEET,
    Person(
        id=420007388,
        first="Ishaan",
        last="Verma",
        joined="2021-10-01T10:31:00+05:30",
        till="demo.till",
        places=in_store(("mobile", "918867710031"), ("email", "sample.email10031@gmail.com")),
    ),
    # Those whom the documents name by their identifiers only.
    Person(
        id=430000001,
        first="John",
        last="Doe",
        joined="2013-02-01T12:00:00+05:30",
        till="store.server",
        places=in_store(
            ("mobile", "+44700900990"),
            ("email", "john.doe@example.com"),
            ("externalId", "EXT001"),
        ),
    ),
    Person(
        id=430000002,
        first="Catherine",
        last="Smith",
        joined="2013-02-03T12:30:00+05:30",
        till="store.server",
        places=in_store(
            ("mobile", "+44700900999"),
            ("email", "catherine@example.com"),
            ("externalId", "ct123"),
        ),
    ),
    Person(
        id=430000003,
        first="Rati",
        last="Ranjan",
        joined="2014-12-10T04:46:38+05:30",
        till="cm.1",
        places=in_store(("mobile", "+19889999999"), ("email", "919090080344343422@mail.com")),
        extended_fields={
            "marital_status": "Single",
            "city": "Bangalore",
            "nationality": "Indian",
            "gender": "Male",
        },
    ),
    Person(
        id=430000004,
        first="Vimal",
        last="Sudhan",
        joined="2014-03-08T15:15:00+05:30",
        till="store.server",
        places=in_store(
            ("mobile", "919740798372"),
            ("email", "vimalsudhan@gmail.com"),
            ("externalId", "VIMAL004"),
        ),
    ),
    Person(
        id=430000005,
        first="Huck",
        last="Finn",
        joined="2014-05-19T11:05:00+05:30",
        till="store.server",
        places=in_store(("mobile", "4470090345"), ("email", "huck.finn@example.com")),
    ),
    Person(
        id=481220846,
        first="Priya",
        last="Raman",
        joined="2021-02-18T20:31:15+05:30",
        till="sit.admin",
        places=(
            Place(
                at=INSTORE,
                keys=[("externalId", "888555888555898855"), ("mobile", "919999000001")],
                channels=[reach("mobile", "919999000001")],
                fields={"ihcl_active": "true", "tcp_active": "true", "tierup_airasia": "2"},
            ),
            Place(
                at=WECHAT,
                keys=[
                    ("externalId", "888555888555898855"),
                    ("line", "lineAS7"),
                    ("mobile", "919999000001"),
                ],
                channels=[reach("mobile", "919999000001")],
                fields={"ihcl_active": "true", "tcp_active": "true", "tierup_airasia": "2"},
            ),
            Place(at=WECHAT_MINI, keys=[("mobile", "919999000001")]),
        ),
        extended_fields={"gender": "Female", "city": "Bangalore"},
        associated_with="sit.admin",
    ),
)

# A namesake with the same identifiers in the second organization.
OTHERS: Sequence[Person] = (
    Person(
        id=480000001,
        first="Tom",
        last="Sawyer",
        joined="2018-04-05T09:00:00+00:00",
        till="other.till",
        places=in_store(
            ("mobile", "+44700900000"),
            ("email", "tom.sawyer@example.com"),
            ("externalId", "ts1234"),
        ),
        extended_fields={"gender": "Male", "city": "London"},
    ),
    Person(
        id=480000002,
        first="Huckleberry",
        last="Finn",
        joined="2018-04-06T09:00:00+00:00",
        till="other.till",
        places=in_store(("mobile", "+447911123456"), ("email", "huck.finn@example.com")),
    ),
)
