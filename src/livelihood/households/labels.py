"""What the choices of the forms are called."""

from livelihood.web.words import gettext as _


def choices() -> dict[str, list[tuple[str, str]]]:
    """For each field the values and their names in the reader's language."""
    return {
        "sex": [("female", _("Female")), ("male", _("Male"))],
        "born_precision": [
            ("day", _("Day, month and year known")),
            ("month", _("Month and year known")),
            ("year", _("Only the year known")),
            ("estimated", _("Estimated")),
        ],
        "relationship": relationships(),
        "idpoor_level": [
            ("none", _("No IDPoor card")),
            ("level_1", _("IDPoor 1 (very poor)")),
            ("level_2", _("IDPoor 2 (poor)")),
        ],
        "risk": [("standard", _("Standard")), ("high", _("High"))],
        "purposes": [
            ("services", _("Services (grant, course)")),
            ("follow_up_visits", _("Follow-up visits")),
            ("sharing", _("Sharing with named partners")),
            ("reports", _("Reports without names")),
        ],
        "method": [("signature", _("Signature")), ("thumbprint", _("Thumbprint, with a witness"))],
    }


def member_left() -> list[tuple[str, str]]:
    return [
        ("moved", _("Moved away")),
        ("died", _("Died")),
        ("other", _("Another reason")),
    ]


def case_closed() -> list[tuple[str, str]]:
    return [
        ("finished", _("Finished: the family needs no more help")),
        ("withdrew", _("The family wants no help any more")),
        ("moved", _("Moved: a partner follows the family now")),
        ("other", _("Another reason")),
    ]


def case_closed_short() -> dict[str, str]:
    """As it stands on a chip, after the word closed."""
    return {
        "finished": _("finished"),
        "withdrew": _("withdrew"),
        "moved": _("moved"),
        "other": _("another reason"),
    }


def relationships() -> list[tuple[str, str]]:
    return [
        ("head", _("Head of household")),
        ("spouse", _("Husband or wife")),
        ("daughter", _("Daughter")),
        ("son", _("Son")),
        ("grandchild", _("Grandchild")),
        ("parent", _("Father or mother")),
        ("sibling", _("Brother or sister")),
        ("niece_nephew", _("Niece or nephew")),
        ("other_relative", _("Other relative")),
        ("not_related", _("Not related")),
    ]
