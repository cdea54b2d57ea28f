// Encrypts the secrets in the store: AES-256-GCM with OpenSSL, with keys from a file.
//
// Thread-safe: immutable.
//
// The file has one key a line: 32 random bytes in base64 (`openssl rand -base64 32`); empty lines and lines
// that begin with # are skipped. The first key encrypts; all of them decrypt. To replace a key, insert a new
// one before it and restart hookd, which encrypts everything again; then remove the old line.
#ifndef HOOKD_STORE_CODEC_SECRET_BOX_H_
#define HOOKD_STORE_CODEC_SECRET_BOX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

class SecretBox {
 public:
  // Without a key: what is sealed stays readable.
  SecretBox() = default;

  // FAILED_PRECONDITION, with one sentence for the operator, if the file cannot be read or has another form.
  static absl::StatusOr<SecretBox> FromFile(const std::string& path);

  bool encrypts() const { return !keys_.empty(); }

  // Identifies the key that seals; empty without a key. Not a secret.
  std::string key_id() const { return keys_.empty() ? std::string() : keys_.front().id; }

  // `context` identifies what is sealed, and is needed to open it: a copy elsewhere cannot be opened.
  // At most 2^32 times a key (NIST SP 800-38D, 8.3: nonces are random).
  std::string Seal(absl::string_view secret, absl::string_view context) const;

  // FAILED_PRECONDITION if it was sealed with a key that is not in the file; DATA_LOSS if it was changed, or
  // sealed in another context. Opens empty bytes to empty bytes.
  absl::StatusOr<std::string> Open(absl::string_view sealed, absl::string_view context) const;

  // Whether Seal would use another key.
  bool IsStale(absl::string_view sealed) const;

 private:
  struct Key {
    std::string id;     // the beginning of the key's SHA-256; stored with what it sealed
    std::string bytes;  // 32
  };
  std::vector<Key> keys_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_SECRET_BOX_H_
