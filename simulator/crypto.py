"""RSA signatures, certificates and AES-GCM exactly as pay v3 uses them (spec §4.1–§4.3)."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

_PADDING = PKCS1v15()
_SHA256 = hashes.SHA256()


def new_private_key() -> str:
    """A fresh RSA-2048 private key, PKCS#8 PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache(maxsize=64)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Parse once; only the simulator's own keys come here, so OpenSSL's slow check is skipped."""
    return serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)


@lru_cache(maxsize=4096)
def public_key(pem: str) -> rsa.RSAPublicKey:
    """Parse once; raises ValueError when it is not an RSA public key in PEM."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def public_pem(key: rsa.RSAPublicKey) -> str:
    """SubjectPublicKeyInfo PEM, the form in which the merchant console hands out keys."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def public_of(private_pem: str) -> str:
    """Public PEM of a private PEM."""
    return public_pem(private_key(private_pem).public_key())


def read_certificate(pem: str) -> tuple[str, str]:
    """``(public key PEM, serial in upper-case hex)`` of a certificate; raises ValueError when malformed."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return public_pem(certificate.public_key()), f"{certificate.serial_number:X}"


def issue_certificate(public: str, signer_pem: str, name: str) -> tuple[str, str]:
    """``(certificate PEM, serial)`` valid five years, signed by ``signer_pem``."""
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("Simulator Root CA"))
        .public_key(public_key(public))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(private_key(signer_pem), _SHA256)
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return pem, f"{certificate.serial_number:X}"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def sign(private_pem: str, *lines: str | bytes) -> str:
    """Base64 SHA256-RSA2048 over the lines, each ended by a line feed."""
    return b64encode(private_key(private_pem).sign(signed_text(*lines), _PADDING, _SHA256)).decode()


def verify(public: str, signature: str, *lines: str | bytes) -> bool:
    """Whether the base64 signature covers exactly these lines."""
    try:
        public_key(public).verify(b64decode(signature, validate=True), signed_text(*lines), _PADDING, _SHA256)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed_text(*lines: str | bytes) -> bytes:
    """Every line, also the last, ends with a line feed."""
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)


def seal(apiv3_key: str, nonce: str, associated_data: str, plain: bytes) -> str:
    """Base64 AEAD_AES_256_GCM ciphertext followed by its tag."""
    return b64encode(AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())).decode()
