"""Sealing: anybody may put something in with the public key; only the private key takes it out (NaCl's sealed box)."""

import binascii

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from livelihood.concerns.rules import NotSetUp
from livelihood.errors import say

KEY_BYTES = 32


class Vault:
    """Keys are 32 bytes in hexadecimal; an empty one means that this server cannot seal, or cannot open."""

    def __init__(self, public_key: str, private_key: str) -> None:
        self.public_key = public_key
        self.private_key = private_key

    @property
    def seals(self) -> bool:
        return bool(self.public_key)

    def seal(self, plain: bytes) -> bytes:
        """Raises `NotSetUp`."""
        if not self.public_key:
            raise NotSetUp(
                say(
                    "Concerns cannot be sent here yet, because no key was made. Telephone the safeguarding focal point now, "
                    "and tell an administrator."
                )
            )
        return SealedBox(PublicKey(binascii.unhexlify(self.public_key))).encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Raises `NotSetUp` where the key is missing or another one sealed this."""
        try:
            return SealedBox(PrivateKey(binascii.unhexlify(self.private_key))).decrypt(sealed)
        except (CryptoError, ValueError, binascii.Error) as error:
            raise NotSetUp(
                say(
                    "This concern cannot be opened with the key of this server. Ask an administrator for the key it was "
                    "sealed with; nothing is lost."
                )
            ) from error


def make_keys() -> tuple[str, str]:
    """A new public and private key."""
    made = PrivateKey.generate()
    return made.public_key.encode().hex(), made.encode().hex()
