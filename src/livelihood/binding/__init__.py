"""Input, from JSON or a form, into msgspec structs: every fault at once, each beside its field.

msgspec alone stops at the first fault and speaks English. Here each field is converted by itself; what msgspec
refuses becomes a sentence made from the field's declared type. A field's path is dotted, as in `members.0.sex`.
"""

from livelihood.binding.binder import STAND_IN, bind, bind_as_far, row_number
from livelihood.binding.declared import MONEY, VILLAGE, Input, Page, extra_of, takes_several, unwrap
from livelihood.binding.sentences import fault_of

__all__ = [
    "MONEY",
    "STAND_IN",
    "VILLAGE",
    "Input",
    "Page",
    "bind",
    "bind_as_far",
    "extra_of",
    "fault_of",
    "row_number",
    "takes_several",
    "unwrap",
]
