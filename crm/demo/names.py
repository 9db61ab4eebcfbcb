"""Names of people who do not exist, from several corners of the world."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Corner:
    """Where somebody comes from; the mobile's pattern has a # for each free digit."""

    weight: int
    mobile: str
    cities: Sequence[str]
    women: Sequence[str]
    men: Sequence[str]
    families: Sequence[str]
    till: str


INDIA = Corner(
    weight=52,
    mobile="+9198########",
    cities=("Bangalore", "Mumbai", "Delhi", "Chennai", "Pune", "Kolkata", "Hyderabad", "Kochi"),
    women=(
        "Aadhya", "Aishwarya", "Anjali", "Asha", "Bhavna", "Deepa", "Diya", "Gayatri", "Ishita",
        "Kavita", "Lakshmi", "Meena", "Neha", "Nisha", "Pooja", "Radhika", "Shreya", "Sunita",
        "Swati", "Vidya",
    ),
    men=(
        "Aarav", "Abhishek", "Aditya", "Anand", "Arjun", "Deepak", "Gaurav", "Harish", "Karthik",
        "Manish", "Naveen", "Pranav", "Rahul", "Rajesh", "Ravi", "Sanjay", "Siddharth", "Suresh",
        "Varun", "Vikram",
    ),
    families=(
        "Agarwal", "Bhat", "Chatterjee", "D'Souza", "Deshpande", "Gupta", "Iyer", "Jain", "Joshi",
        "Kapoor", "Khan", "Kumar", "Menon", "Mukherjee", "Naidu", "Nair", "Patel", "Pillai",
        "Reddy", "Sharma", "Shetty", "Singh", "Varma", "Yadav",
    ),
    till="",
)  # fmt: skip
BRITAIN = Corner(
    weight=16,
    mobile="+4477########",
    cities=("London", "Leeds", "Bristol", "Glasgow", "Cardiff", "Belfast"),
    women=(
        "Alice", "Beth", "Charlotte", "Eilidh", "Emma", "Grace", "Harriet", "Isla", "Niamh",
        "Olivia", "Siân", "Zoë",
    ),
    men=(
        "Alfie", "Callum", "Daniel", "Edward", "George", "Harry", "Jack", "Liam", "Oliver",
        "Rhys", "Thomas", "William",
    ),
    families=(
        "Barnes", "Clarke", "Davies", "Evans", "Fraser", "Hughes", "MacLeod", "Murphy", "O'Neill",
        "Patterson", "Smith", "Taylor", "Walker", "Wright",
    ),
    till="pe.london.bondstreet",
)  # fmt: skip
CHINA = Corner(
    weight=16,
    mobile="+86138########",
    cities=("Shanghai", "Beijing", "Shenzhen", "Chengdu", "Hangzhou", "Guangzhou"),
    women=("芳", "娜", "静", "丽", "秀英", "雪梅", "慧", "婷婷", "Xiulan", "Mei", "Jing", "Yan"),
    men=("伟", "强", "磊", "军", "建国", "志明", "浩然", "子轩", "Wei", "Jun", "Lei", "Hao"),
    families=("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "Zhou", "Wu", "Xu", "Sun"),
    till="sha.nanjing.1",
)
EUROPE = Corner(
    weight=10,
    mobile="+336########",
    cities=("Paris", "Lyon", "Zürich", "München", "Kraków", "Málaga"),
    women=(
        "Amélie", "Beatriz", "Chloé", "Françoise", "Łucja", "Małgorzata", "María", "Noémie",
        "Søs", "Zuzana",
    ),
    men=(
        "André", "Björn", "François", "Jérôme", "José", "Jörg", "Łukasz", "Miloš", "Søren", "Tomás",
    ),
    families=(
        "Brontë", "Čapek", "Dvořák", "García", "Håkansson", "Kowalczyk", "Lefèvre", "Müller",
        "Núñez", "Østergård", "Saint-Exupéry", "Weiß",
    ),
    till="pe.london.bondstreet",
)  # fmt: skip
ELSEWHERE = Corner(
    weight=6,
    mobile="+9715########",
    cities=("Dubai", "Singapore", "Istanbul", "Hà Nội", "São Paulo", "Lagos"),
    women=("Ayşe", "Chioma", "Fatima", "Linh", "Nguyệt", "Yasmin"),
    men=("Ahmed", "Emre", "João", "Khalid", "Minh", "Tunde"),
    families=("Adeyemi", "Al-Farsi", "Conceição", "Đặng", "Nguyễn", "Öztürk", "Tan", "Yılmaz"),  # noqa: RUF001
    till="store.server",
)
CORNERS = (INDIA, BRITAIN, CHINA, EUROPE, ELSEWHERE)
SHOPS_OF_INDIA = ("blr.mgroad.1", "bom.linking.1", "del.connaught.1", "demo.till", "rr.till")
