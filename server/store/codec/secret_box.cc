#include "store/codec/secret_box.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/secure_random.h"

namespace hookd {
namespace {

// The sealed forms: 'p' and the plain secret; or 'g', the key's id, nonce, tag, and the encrypted secret.
constexpr char kPlain = 'p';
constexpr char kGcm = 'g';
constexpr size_t kIdSize = 8;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kKeySize = 32;
constexpr size_t kHeaderSize = 1 + kIdSize + kNonceSize + kTagSize;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Encrypts, with the context as authenticated data. Fails only when memory runs out.
bool Begin(EVP_CIPHER_CTX* cipher, absl::string_view key, absl::string_view nonce, absl::string_view context,
           bool encrypt) {
  int length = 0;
  return cipher != nullptr &&
         EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce), encrypt ? 1 : 0) ==
             1 &&
         EVP_CipherUpdate(cipher, nullptr, &length, Bytes(context), static_cast<int>(context.size())) == 1;
}

}  // namespace

absl::StatusOr<SecretBox> SecretBox::FromFile(const std::string& path) {
  std::ifstream file(path);
  struct stat rights = {};
  if (!file || stat(path.c_str(), &rights) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("the encryption key file ", path, " cannot be read"));
  }
  if ((rights.st_mode & S_IRWXO) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the encryption key file ", path, " can be read by other users: chmod 600 it"));
  }
  SecretBox box;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    Key key;
    if (!absl::Base64Unescape(text, &key.bytes) || key.bytes.size() != kKeySize) {
      return absl::FailedPreconditionError(
          absl::StrCat("line ", number, " of the encryption key file ", path,
                       " is not a key: 32 bytes in base64, as `openssl rand -base64 32` makes them"));
    }
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    SHA256(Bytes(key.bytes), key.bytes.size(), Bytes(hash));
    key.id = hash.substr(0, kIdSize);
    box.keys_.push_back(std::move(key));
  }
  if (box.keys_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the encryption key file ", path,
                     " has no key: write a line of 32 bytes in base64, as `openssl rand -base64 32` makes"));
  }
  return box;
}

std::string SecretBox::Seal(absl::string_view secret, absl::string_view context) const {
  if (keys_.empty()) return absl::StrCat(absl::string_view(&kPlain, 1), secret);
  const Key& key = keys_.front();
  const std::string nonce = SecureRandomBytes(kNonceSize);
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string tag(kTagSize, '\0');
  std::string encrypted(secret.size(), '\0');
  int length = 0;
  if (!Begin(cipher.get(), key.bytes, nonce, context, true) ||
      EVP_EncryptUpdate(cipher.get(), Bytes(encrypted), &length, Bytes(secret),
                        static_cast<int>(secret.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), Bytes(encrypted) + length, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) != 1) {
    throw std::bad_alloc();
  }
  return absl::StrCat(absl::string_view(&kGcm, 1), key.id, nonce, tag, encrypted);
}

absl::StatusOr<std::string> SecretBox::Open(absl::string_view sealed, absl::string_view context) const {
  if (sealed.empty()) return std::string();
  if (sealed[0] == kPlain) return std::string(sealed.substr(1));
  const absl::Status damaged = absl::DataLossError("an encrypted secret in the store is damaged");
  if (sealed[0] != kGcm || sealed.size() < kHeaderSize) return damaged;
  const absl::string_view id = sealed.substr(1, kIdSize);
  const absl::string_view nonce = sealed.substr(1 + kIdSize, kNonceSize);
  std::string tag(sealed.substr(1 + kIdSize + kNonceSize, kTagSize));
  const absl::string_view encrypted = sealed.substr(kHeaderSize);
  for (const Key& key : keys_) {
    if (key.id != id) continue;
    const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    std::string secret(encrypted.size(), '\0');
    int length = 0;
    if (!Begin(cipher.get(), key.bytes, nonce, context, false) ||
        EVP_DecryptUpdate(cipher.get(), Bytes(secret), &length, Bytes(encrypted),
                          static_cast<int>(encrypted.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(cipher.get(), Bytes(secret) + length, &length) != 1) {
      return damaged;
    }
    return secret;
  }
  return absl::FailedPreconditionError(
      keys_.empty() ? "the secrets in the store are encrypted: give their key with --encryption_key_file"
                    : "the secrets in the store are encrypted with a key that the file given with "
                      "--encryption_key_file does not have");
}

bool SecretBox::IsStale(absl::string_view sealed) const {
  if (sealed.empty()) return false;
  if (keys_.empty()) return sealed[0] != kPlain;
  return sealed[0] != kGcm || sealed.substr(1, kIdSize) != keys_.front().id;
}

}  // namespace hookd
