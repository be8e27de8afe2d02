"""A few real places, for tests that need a village and no gazetteer."""

from livelihood.embedded import Postgres
from livelihood.households.search_key import tokens

PLACES = [
    ("06", "province", "កំពង់ធំ", "Kampong Thom"),
    ("0602", "district", "កំពង់ស្វាយ", "Kampong Svay"),
    ("060201", "commune", "ជ័យ", "Chey"),
    ("06020101", "village", "មហរ៍", "Mohar"),
    ("06020102", "village", "តាធាវ", "Ta Theav"),
    ("07", "province", "កំពត", "Kampot"),
    ("0702", "district", "បន្ទាយមាស", "Banteay Meas"),
    ("070214", "commune", "វត្ដអង្គខាងជើង", "Voat Angk Khang Cheung"),
    ("07021405", "village", "សូប៉េង", "Sou Peng"),
    ("20", "province", "ស្វាយរៀង", "Svay Rieng"),
    ("2003", "district", "រំដួល", "Rumduol"),
    ("200305", "commune", "កំពង់អំពិល", "Kampong Ampil"),
    ("20030504", "village", "បឹង", "Boeng"),
    ("01", "province", "បន្ទាយមានជ័យ", "Banteay Meanchey"),
    ("01020101", "village", "អូរធំ", "Ou Thum"),
]

KPT = "06020101"
KPT_OTHER = "06020102"
KMP = "07021405"
SVR = "20030504"
UNSERVED = "01020101"


def add_places(server: Postgres, database: str) -> None:
    rows = ", ".join(
        f"('{code}', '{level}', '{khmer}', '{latin}', ARRAY[{', '.join(repr(t) for t in tokens(khmer, latin))}])"
        for code, level, khmer, latin in PLACES
    )
    server.sql(
        f"INSERT INTO places (code, level, name_km, name_latin, search) VALUES {rows}", database=database
    )
