#include "engine/sochdb/crypto.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <gcrypt.h>

namespace pitr::sochdb {

namespace {

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

void check(gcry_error_t error, std::string_view doing) {
  if (error != 0) throw Error(Errc::internal, fmt::format("cannot {}: {}", doing, gcry_strerror(error)));
}

// Before any other call of the library.
void start_library() {
  static const bool started = [] {
    if (gcry_check_version(GCRYPT_VERSION) == nullptr) {
      throw Error(Errc::internal, fmt::format("libgcrypt is older than {}", GCRYPT_VERSION));
    }
    check(gcry_control(GCRYCTL_DISABLE_SECMEM, 0), "set up libgcrypt");
    check(gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0), "set up libgcrypt");
    return true;
  }();
  static_cast<void>(started);
}

}  // namespace

SecretKey::SecretKey(ByteView bytes) {
  if (bytes.size() != kSize) throw Error(Errc::internal, fmt::format("a key of {} bytes", bytes.size()));
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::~SecretKey() { explicit_bzero(bytes_.data(), bytes_.size()); }

struct Sha256::Handle {
  explicit Handle(unsigned flags) {
    start_library();
    check(gcry_md_open(&hash, GCRY_MD_SHA256, flags), "hash with SHA-256");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { gcry_md_close(hash); }
  gcry_md_hd_t hash = nullptr;
};

Sha256::Sha256() : handle_(std::make_unique<Handle>(0U)) {}

Sha256::Sha256(ByteView hmac_key) : handle_(std::make_unique<Handle>(unsigned{GCRY_MD_FLAG_HMAC})) {
  check(gcry_md_setkey(handle_->hash, hmac_key.data(), hmac_key.size()), "set an HMAC key");
}

Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) { gcry_md_write(handle_->hash, bytes.data(), bytes.size()); }

Sha256Digest Sha256::digest() {
  const unsigned char* const read = gcry_md_read(handle_->hash, GCRY_MD_SHA256);
  if (read == nullptr) throw Error(Errc::internal, "cannot read a SHA-256 digest");
  Sha256Digest digest{};
  std::memcpy(digest.data(), read, digest.size());
  return digest;
}

SecretKey derive_key(ByteView salt, const SecretKey& key, std::string_view info) {
  // One block of output is all that a key needs.
  constexpr std::byte kFirstBlock{1};
  Sha256 extract(salt);
  extract.update(key.bytes());
  const SecretKey pseudo_random(extract.digest());
  Sha256 expand(pseudo_random.bytes());
  expand.update(as_bytes(info));
  expand.update({&kFirstBlock, 1});
  return SecretKey(expand.digest());
}

struct EnvelopeOpener::Handle {
  Handle() {
    start_library();
    check(gcry_cipher_open(&cipher, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM_SIV, 0), "use AES-256-GCM-SIV");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { gcry_cipher_close(cipher); }
  gcry_cipher_hd_t cipher = nullptr;
};

EnvelopeOpener::EnvelopeOpener(const SecretKey& key) : handle_(std::make_unique<Handle>()) {
  check(gcry_cipher_setkey(handle_->cipher, key.bytes().data(), key.bytes().size()), "set a key");
}

EnvelopeOpener::~EnvelopeOpener() = default;

std::optional<ByteView> EnvelopeOpener::open(ByteView envelope, ByteView additional) {
  if (envelope.size() < kEnvelopeOverhead || envelope[0] != kEnvelopeVersion) return std::nullopt;
  const ByteView nonce = envelope.subspan(1, kNonceSize);
  const ByteView sealed = envelope.subspan(1 + kNonceSize, envelope.size() - kEnvelopeOverhead);
  const ByteView tag = envelope.last(kTagSize);
  gcry_cipher_hd_t cipher = handle_->cipher;
  check(gcry_cipher_reset(cipher), "begin to decrypt");
  check(gcry_cipher_setiv(cipher, nonce.data(), nonce.size()), "set a nonce");
  check(gcry_cipher_authenticate(cipher, additional.data(), additional.size()), "set additional data");
  check(gcry_cipher_set_decryption_tag(cipher, tag.data(), tag.size()), "set a tag");
  plain_.resize(sealed.size());
  const gcry_error_t error =
      gcry_cipher_decrypt(cipher, plain_.data(), plain_.size(), sealed.data(), sealed.size());
  if (gcry_err_code(error) == GPG_ERR_CHECKSUM) return std::nullopt;
  check(error, "decrypt");
  return plain_;
}

}  // namespace pitr::sochdb
